"""Numbers as people read them; no Qt here."""


def group_digits(number: int) -> str:
    """Thousands apart by a narrow space."""
    return f"{number:,}".replace(",", "\u202f")


def as_percent(share: float) -> str:
    """`0.31` as `31 %`."""
    return f"{100.0 * share:.0f} %"
