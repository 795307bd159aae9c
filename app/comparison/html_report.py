"""A report in one HTML file: pictures, curves and tables, nothing fetched from elsewhere."""

import base64
from collections.abc import Mapping, Sequence
from html import escape

from app.comparison.batch import PairResult
from app.comparison.surface_files import NamedSurface
from app.viewport.offscreen import Scale, Shot, encode_png, take_picture
from engine.evaluation.curves import CumulativeCurve
from engine.evaluation.fields import FIELD_TITLES
from engine.evaluation.heat import fitting_style
from engine.evaluation.plots import curves_plot
from engine.evaluation.tables import Table
from engine.version import lineament_version

VIEWS = ("front", "three-quarter")
PIXELS = 460

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Comparison of surfaces</title>
<style>
:root {{ color-scheme: light dark; --line: #d8dde6; --muted: #566070; --card: #f5f6f9; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --line: #323844; --muted: #a4acba; --card: #22262e; }}
  body {{ background: #15171c; color: #e8ebf1; }}
}}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1180px;
       padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; }} h2 {{ font-size: 1.15rem; margin-top: 2.4rem; }}
p, figcaption {{ color: var(--muted); }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }}
th, td {{ padding: .35rem .7rem; border-bottom: 1px solid var(--line); text-align: left;
         white-space: nowrap; }}
th.figure, td.figure {{ text-align: right; }}
figure {{ display: inline-block; margin: 0 1rem 1rem 0; padding: .6rem; background: var(--card);
         border-radius: 10px; vertical-align: top; }}
figure img {{ display: inline-block; width: {pixels}px; max-width: 100%; border-radius: 6px; }}
figure svg {{ background: white; border-radius: 6px; max-width: 100%; height: auto; }}
.error {{ color: #c33a3e; }}
</style></head><body>
<h1>Comparison of surfaces</h1>
<p>{summary}</p>
{body}
<p>Distances run from a surface to the exact reference surface, in millimetres. Chamfer: the mean
of both directions' mean distances. Hausdorff: the largest of both directions. F@t: harmonic mean
of the shares of both surfaces nearer than t. EMD: best one-to-one assignment of random samples,
which even equal surfaces do not bring below its floor. NME: mean distance of corresponding
vertices over √(width · height) of the reference. Made with Lineament {version}.</p>
</body></html>
"""


def make_report(
    results: Sequence[PairResult],
    references: Sequence[NamedSurface],
    table: Table,
    curves: Mapping[str, CumulativeCurve],
) -> str:
    """The page of `results`, whose references are `references`, with their figures and curves."""
    sections = ["<h2>Figures</h2>", _table(table)]
    if curves:
        drawing = curves_plot(curves, ".svg").decode("utf-8")
        drawing = drawing[drawing.index("<svg") :]
        sections += ["<h2>Cumulative errors</h2>", f"<figure>{drawing}</figure>"]
    sections.append("<h2>Heatmaps</h2>")
    sections += _pictures(results, references)
    failed = [result for result in results if result.error is not None]
    sections += [f'<p class="error">{escape(result.error or "")}</p>' for result in failed]
    compared = len(results) - len(failed)
    count = f"{compared} pair{'s' if compared != 1 else ''} compared"
    summary = count + (f", {len(failed)} failed." if failed else ".")
    return _PAGE.format(
        summary=summary,
        body="\n".join(sections),
        pixels=PIXELS,
        version=escape(lineament_version()),
    )


def _table(table: Table) -> str:
    marks = [' class="figure"' if table.is_figure(k) else "" for k in range(len(table.header))]
    head = "".join(
        f"<th{mark}>{escape(title)}</th>" for mark, title in zip(marks, table.header, strict=True)
    )
    rows = [
        "".join(
            f"<td{mark}>{escape(table.text(row, column))}</td>" for column, mark in enumerate(marks)
        )
        for row in range(len(table.rows))
    ]
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{head}</tr>\n{body}</table></div>'


def _pictures(results: Sequence[PairResult], references: Sequence[NamedSurface]) -> list[str]:
    """A figure for each pair: all on one range of colours, each from its reference's place."""
    fields = [result.field for result in results if result.field is not None]
    if not fields:
        return []
    style = fitting_style(fields)
    scale = Scale(style.colors, style.low, style.high, "mm")
    figures = []
    for result in results:
        if result.comparison is None or result.moved is None or result.field is None:
            continue
        framed = references[result.index].mesh.vertices
        colors = style.paint(result.field)
        images = []
        for view in VIEWS:
            shot = Shot(PIXELS, PIXELS, view)
            content = encode_png(take_picture(result.moved, shot, colors, scale, framed))
            data = base64.b64encode(content).decode("ascii")
            images.append(f'<img alt="{view}" src="data:image/png;base64,{data}">')
        pair = result.comparison
        caption = f"{pair.name} to {pair.reference_name}: {FIELD_TITLES[result.field.kind].lower()}"
        aligned = pair.alignment
        how = "as they lie" if aligned.mode == "none" else f"{aligned.mode}, by {aligned.method}"
        text = f"{escape(caption)}, mean {pair.report.whole.forward.mean:.3f} mm; aligned: {how}"
        figures.append(f"<figure>{''.join(images)}<figcaption>{text}</figcaption></figure>")
    return figures
