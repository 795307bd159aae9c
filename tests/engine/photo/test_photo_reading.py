"""Photograph files, sound and unsound, to upright sRGB pixels."""

import contextlib
import io
import os
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms
from skimage import data

from engine.errors import InputError
from engine.photo import reading
from engine.photo.reading import LONGEST_SIDE, PHOTO_SUFFIXES, read_photo

PICTURE = data.astronaut()[:96, 150:310]
"""A hundred rows of hair, wall and face, wider than high."""
GREY = np.asarray(Image.fromarray(PICTURE).convert("L"))


def save(folder: Path, pixels: NDArray, name: str, mode: str | None = None, **options) -> Path:
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(folder / name, **options)
    return folder / name


def write_png(file: Path, values: NDArray, colour_type: int) -> Path:
    """A 16-bit PNG of `(H, W, C)`, which Pillow cannot write."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + b"\0\0\0\0"

    def checked(piece: bytes) -> bytes:
        return piece[:-4] + struct.pack(">I", zlib.crc32(piece[4:-4]))

    height, width = values.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    pieces = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(checked(piece) for piece in pieces))
    return file


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".tiff"])
def test_exact_formats_give_their_pixels(tmp_path: Path, suffix: str) -> None:
    read = read_photo(save(tmp_path, PICTURE, f"a{suffix}"))
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, PICTURE)


@pytest.mark.parametrize("name", ["a.jpg", "a.jpeg", "a.webp"])
def test_lossy_formats_come_near(tmp_path: Path, name: str) -> None:
    read = read_photo(save(tmp_path, PICTURE, name, quality=95))
    assert read.shape == PICTURE.shape
    assert np.abs(read.astype(int) - PICTURE).mean() < 4


def test_the_content_counts_and_not_the_name(tmp_path: Path) -> None:
    file = save(tmp_path, PICTURE, "a.png").rename(tmp_path / "b.jpg")
    np.testing.assert_array_equal(read_photo(file), PICTURE)
    assert {".jpg", ".png", ".webp", ".heic"} <= set(PHOTO_SUFFIXES)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_orientation_is_obeyed(tmp_path: Path, orientation: int, suffix: str) -> None:
    # What the camera stored, by the definition of the tag: row 0 and column 0 as seen.
    stored = {
        1: PICTURE,
        2: PICTURE[:, ::-1],
        3: PICTURE[::-1, ::-1],
        4: PICTURE[::-1],
        5: PICTURE.transpose(1, 0, 2),
        6: np.rot90(PICTURE),
        7: PICTURE[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(PICTURE, 3),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = save(tmp_path, np.ascontiguousarray(stored), f"a.{suffix}", exif=exif)
    np.testing.assert_array_equal(read_photo(file), PICTURE)


def test_a_jpeg_from_a_phone_held_upright_stands(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = save(tmp_path, np.rot90(PICTURE).copy(), "a.jpg", quality=95, exif=exif)
    assert np.abs(read_photo(file).astype(int) - PICTURE).mean() < 4


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_damaged_exif_does_not_cost_the_picture(tmp_path: Path) -> None:
    exif = b"Exif\0\0" + b"II*\0" + b"\xff" * 40
    assert read_photo(save(tmp_path, PICTURE, "a.jpg", exif=exif)).shape == PICTURE.shape


def test_transparency_lies_over_grey(tmp_path: Path) -> None:
    alpha = np.full((*PICTURE.shape[:2], 1), 255, np.uint8)
    alpha[:, :50], alpha[:, 50:60] = 0, 128
    read = read_photo(save(tmp_path, np.concatenate([PICTURE, alpha], axis=2), "a.png"))
    assert (read[:, :50] == 128).all()
    mixed = (PICTURE[:, 50:60].astype(float) + 128) / 2
    np.testing.assert_allclose(read[:, 50:60], mixed, atol=1.5)
    np.testing.assert_array_equal(read[:, 60:], PICTURE[:, 60:])


def test_grey_with_a_transparent_value(tmp_path: Path) -> None:
    read = read_photo(save(tmp_path, np.where(GREY > 250, 250, GREY), "a.png", transparency=250))
    assert (read[GREY >= 250] == 128).all()
    np.testing.assert_array_equal(read[GREY < 250], np.repeat(GREY[..., None], 3, 2)[GREY < 250])


def test_palettes_are_looked_up(tmp_path: Path) -> None:
    read = read_photo(save(tmp_path, PICTURE, "a.png", mode="P"))
    expected = np.asarray(Image.fromarray(PICTURE).convert("P").convert("RGB"))
    np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize("mode", ["L", "1", "LA"])
def test_grey_becomes_three_equal_channels(tmp_path: Path, mode: str) -> None:
    read = read_photo(save(tmp_path, PICTURE, "a.png", mode=mode))
    expected = np.asarray(Image.fromarray(PICTURE).convert(mode).convert("L"))
    np.testing.assert_array_equal(read, np.repeat(expected[..., None], 3, axis=2))


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_printers_colours(tmp_path: Path, suffix: str) -> None:
    read = read_photo(save(tmp_path, PICTURE, f"a.{suffix}", mode="CMYK"))
    assert np.abs(read.astype(int) - PICTURE).mean() < 5


@pytest.mark.parametrize(("colour_type", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_sixteen_bits_keep_the_high_eight(tmp_path: Path, colour_type: int, channels: int) -> None:
    deep = (PICTURE if channels > 2 else GREY[..., None]).astype(np.uint16) * 256 + 37
    if channels in (2, 4):
        deep = np.concatenate([deep, np.full_like(deep[..., :1], 65535)], axis=2)
    read = read_photo(write_png(tmp_path / "a.png", deep, colour_type))
    expected = PICTURE if channels > 2 else np.repeat(GREY[..., None], 3, axis=2)
    np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize(
    ("values", "full"),
    [
        (GREY / np.float32(255), 1.0),
        (GREY.astype(np.int32) * 257, 65535.0),
        (GREY * 3e5, 3e5 * 255),
    ],
)
def test_deep_tiffs_keep_their_greys(tmp_path: Path, values: NDArray, full: float) -> None:
    stored = values.astype(np.float32) if values.dtype == np.float64 else values
    read = read_photo(save(tmp_path, stored, "a.tif"))
    top = full if full < 1e6 else float(values.max())
    np.testing.assert_allclose(read[..., 0], values / top * 255, atol=1.01)


def test_a_colour_profile_is_converted(tmp_path: Path) -> None:
    lab = ImageCms.createProfile("LAB")
    srgb = ImageCms.createProfile("sRGB")
    stored = ImageCms.profileToProfile(Image.fromarray(PICTURE), srgb, lab, outputMode="LAB")
    assert stored is not None
    stored.save(tmp_path / "a.tif", icc_profile=ImageCms.ImageCmsProfile(lab).tobytes())
    assert np.abs(read_photo(tmp_path / "a.tif").astype(int) - PICTURE).mean() < 3


def test_an_rgb_profile_is_converted(tmp_path: Path) -> None:
    # sRGB under another name, with red and green exchanged.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))
    profile = profile.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
    read = read_photo(save(tmp_path, PICTURE, "a.png", icc_profile=profile))
    assert np.abs(read.astype(int) - PICTURE[..., [1, 0, 2]]).mean() < 2


@pytest.mark.parametrize("profile", [b"", b"no profile at all", b"\0" * 200])
def test_a_damaged_profile_is_passed_over(tmp_path: Path, profile: bytes) -> None:
    file = save(tmp_path, PICTURE, "a.png", icc_profile=profile)
    np.testing.assert_array_equal(read_photo(file), PICTURE)


def test_a_profile_for_other_pixels_is_passed_over(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    read = read_photo(save(tmp_path, GREY, "a.png", icc_profile=profile))
    np.testing.assert_array_equal(read[..., 1], GREY)


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_large_photographs_are_reduced(tmp_path: Path, name: str) -> None:
    pixels = np.kron(PICTURE, np.ones((10, 60, 1), np.uint8))
    options = {} if name == "a.jpg" else {"compress_level": 1}
    read = read_photo(save(tmp_path, pixels, name, **options))
    assert read.shape == (round(960 * LONGEST_SIDE / 9600), LONGEST_SIDE, 3)
    small = np.asarray(Image.fromarray(read).resize((160, 96), Image.Resampling.BOX)).astype(int)
    assert np.abs(small - PICTURE).mean() < 6


def test_what_is_no_file_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file .*Check its name"):
        read_photo(tmp_path / "missing.jpg")
    with pytest.raises(InputError, match="is no file"):
        read_photo(tmp_path)
    with pytest.raises(InputError):
        read_photo("a\0b.jpg")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not hold here")
def test_a_file_one_may_not_read(tmp_path: Path) -> None:
    file = save(tmp_path, PICTURE, "a.png")
    file.chmod(0)
    with pytest.raises(InputError, match="permissions"):
        read_photo(file)


def test_empty_and_foreign_files(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        read_photo(file)
    for content in (b"Dear diary,\n" * 40, b"x", b"RIFF1234WAVEfmt ", b"GIF89a" + b"\0" * 40):
        file.write_bytes(content)
        with pytest.raises(InputError, match=r"a\.jpg is no photograph .*Choose a JPEG"):
            read_photo(file)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.bmp", "a.tif"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_files_cut_short_are_refused(tmp_path: Path, name: str, share: float) -> None:
    file = save(tmp_path, PICTURE, name)
    content = file.read_bytes()
    file.write_bytes(content[: max(20, int(share * len(content)))])
    with pytest.raises(InputError, match=rf"Cannot read .*{name}: it is damaged or cut short"):
        read_photo(file)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_whatever_happens_to_a_file_the_answer_is_words(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    small = Image.fromarray(PICTURE[:40, :48])
    for name in ("a.jpg", "a.png", "a.webp", "a.bmp", "a.tif"):
        whole = io.BytesIO()
        small.save(whole, {"jpg": "JPEG", "tif": "TIFF"}.get(name[2:], name[2:].upper()))
        for _ in range(25):
            content = bytearray(whole.getvalue())
            for place in rng.integers(0, min(len(content), 400), 3):
                content[place] = rng.integers(256)
            (tmp_path / name).write_bytes(content)
            with contextlib.suppress(InputError):
                assert read_photo(tmp_path / name).dtype == np.uint8


def test_too_few_pixels(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 × 1 pixels, too few .*larger photograph"):
        read_photo(save(tmp_path, PICTURE[:1, :1], "a.png"))
    with pytest.raises(InputError, match="too few for a face"):
        read_photo(save(tmp_path, np.tile(PICTURE[:40], (1, 60, 1)), "ribbon.png"))


def bomb(file: Path, width: int, height: int) -> Path:
    """A PNG of a few bytes that unfolds to width × height pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    content = chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + header + content + chunk(b"IEND", b""))
    return file


def test_a_decompression_bomb_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    file = bomb(tmp_path / "bomb.png", 60_000, 60_000)
    with pytest.raises(InputError, match=r"3600 megapixels; up to 128 .*Save it smaller"):
        read_photo(file)


PEAK = """
import re, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from engine.errors import InputError
from engine.photo.reading import read_photo
try:
    print(read_photo(sys.argv[1]).shape)
except InputError as error:
    print(error)
print("peak", re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
"""


def read_in_a_process(file: Path) -> tuple[str, float]:
    """What reading says, and the most memory it takes in MB, of two GB it may."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(file)],
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    said, _, peak = done.stdout.rpartition("peak ")
    return said.strip(), int(peak) / 1024


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_memory_stays_bounded(tmp_path: Path) -> None:
    said, peak = read_in_a_process(bomb(tmp_path / "bomb.png", 60_000, 60_000))
    assert "megapixels" in said
    assert peak < 150
    # 81 megapixels take 320 MB and more to reduce; the decoder gives a quarter of them.
    Image.new("RGB", (9000, 9000), (90, 120, 150)).save(tmp_path / "large.jpg", quality=50)
    said, peak = read_in_a_process(tmp_path / "large.jpg")
    assert said == f"({LONGEST_SIDE}, {LONGEST_SIDE}, 3)"
    assert peak < 400


def test_heic_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    file = tmp_path / "a.heic"
    file.write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 40)
    with pytest.raises(InputError, match=re.escape("pip install pillow-heif")):
        read_photo(file)


def test_heic_with_its_package(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    file = tmp_path / "a.heic"
    pillow_heif.from_pillow(Image.fromarray(PICTURE)).save(file, quality=90)
    assert np.abs(read_photo(file).astype(int) - PICTURE).mean() < 6
    file.write_bytes(file.read_bytes()[:-400])
    with pytest.raises(InputError, match="damaged or cut short"):
        read_photo(file)


def test_a_file_of_absurd_size_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST_BYTES", 1000)
    with pytest.raises(InputError, match="Save it as a JPEG"):
        read_photo(save(tmp_path, PICTURE, "a.png"))
