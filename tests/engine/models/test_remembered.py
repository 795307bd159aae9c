"""What was made is not made again, as long as it is remembered."""

import pytest

from engine.models.remembered import Remembered


def test_a_value_is_made_once_until_it_is_forgotten() -> None:
    made = []

    def make(key: int) -> str:
        made.append(key)
        return str(key)

    remembered = Remembered(make, 2)
    assert [remembered(1), remembered(2), remembered(1), remembered(3)] == ["1", "2", "1", "3"]
    assert made == [1, 2, 3]
    assert remembered(1) == "1"  # used after 2, which had to go
    assert made == [1, 2, 3]
    remembered(2)
    assert made == [1, 2, 3, 2]


def test_what_failed_is_tried_again() -> None:
    there: dict[int, str] = {}
    remembered = Remembered(there.__getitem__, 2)
    with pytest.raises(KeyError):
        remembered(1)
    there[1] = "made"
    assert remembered(1) == "made"
