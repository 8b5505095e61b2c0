"""Pages to read: one for each submission, one for the class. No script, no colour code.

Everything that came from a submission is escaped, and the pages forbid scripts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from nnds.checks.report import WORDING
from nnds.grading.folder.record import Record, isolation, most_failed
from nnds.grading.publish.clean import clean

HEAD = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    '<meta name="viewport" content="width=device-width">'
    "<title>{title}</title><style>{style}</style></head><body><main>\n"
)
STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;"
    "padding:0 1rem;color:#111;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;"
    "border-bottom:1px solid #767676}"
    "caption{text-align:left;font-weight:bold}"
    "code{white-space:pre-wrap;overflow-wrap:anywhere}dt{font-weight:bold}"
    "dd{margin:0 0 .3rem 1rem}"
)


def _text(value: object) -> str:
    return escape(clean(value))


def _page(title: str, body: str) -> str:
    head = HEAD.format(title=_text(title), style=STYLE)
    return f"{head}<h1>{_text(title)}</h1>\n{body}</main></body></html>\n"


def _table(caption: str, header: Sequence[str], lines: Sequence[str]) -> str:
    cells = "".join(f'<th scope="col">{_text(h)}</th>' for h in header)
    return (
        f"<table><caption>{_text(caption)}</caption><thead><tr>{cells}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>\n"
    )


def student(record: Record) -> str:
    """Return the page of one submission."""
    parts = [f"<p>{record['earned']} of {record['points']} points.</p>\n"]
    parts.append(f"<p>{_text(isolation(record))}</p>\n")
    if record["problems"]:
        items = "".join(f"<li>{_text(p)}</li>" for p in record["problems"])
        parts.append(f"<h2>Problems</h2><ul>{items}</ul>\n")
    for exercise in record["exercises"]:
        caption = f"{exercise['exercise']}: {exercise['earned']}/{exercise['points']}"
        lines = [_line(outcome) for outcome in exercise["outcomes"]]
        parts.append(_table(caption, ("check", "outcome", "points", "why"), lines))
    return _page(record["student"], "".join(parts))


def _line(outcome: Mapping[str, Any]) -> str:
    why = "".join(
        f"<dt>{_text(label)}</dt><dd><code>{_text(text)}</code></dd>"
        for label, text in outcome["explanation"]
    )
    return (
        f'<tr><th scope="row">{_text(outcome["law"])}</th>'
        f"<td>{_text(WORDING[outcome['status']])}</td>"
        f"<td>{outcome['earned']}/{outcome['points']}</td>"
        f"<td>{f'<dl>{why}</dl>' if why else ''}</td></tr>"
    )


def group(records: Sequence[Record], links: Mapping[str, str]) -> str:
    """Return the page of the class: scores, their distribution, the most failed laws.

    `links` gives the page of each file.
    """
    counting = [r for r in records if r["counts"]]
    lines = [
        f'<tr><th scope="row"><a href="{escape(links[r["file"]])}">'
        f"{_text(r['student'])}</a></th><td>{r['earned']}/{r['points']}</td>"
        f"<td>{_text('; '.join(r['problems'])[:300])}</td></tr>"
        for r in counting
    ]
    body = _table("Students", ("student", "points", "problems"), lines)
    tenths: Counter[int] = Counter(
        min(10 * r["earned"] // max(r["points"], 1), 9) for r in counting
    )
    lines = [
        f'<tr><th scope="row">{10 * t} to {10 * t + 10} %</th><td>{tenths[t]}</td>'
        f'<td aria-hidden="true">{"█" * tenths[t]}</td></tr>'
        for t in range(10)
    ]
    body += _table("Distribution of points", ("part", "students", ""), lines)
    lines = [
        f'<tr><th scope="row">{_text(name)}</th><td>{count}</td></tr>'
        for name, count in most_failed(counting, 10)
    ]
    body += _table("Most failed checks", ("check", "students"), lines)
    for line in sorted({isolation(r) for r in counting}):
        body += f"<p>{_text(line)}</p>\n"
    return _page("Class", body)
