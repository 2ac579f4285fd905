"""A plain sentence from the facts on file, for a text of which no cut would leave anything."""

from __future__ import annotations

import re
from collections.abc import Iterator

from studio.compliance.cutting import chinese, grammar
from studio.schema import Attribute, Context

_LONGEST = 60  # characters of a fact; a longer one is a text
_MOST = 2  # facts in a sentence


def told(field: str, text: str, context: Context) -> Iterator[str]:
    """What may stand in place of the whole text, the fullest first: what the goods are called, and
    of what material and size. None in another language than the text's, none of a picture's words.
    """
    head, zh = field.partition(".")[0], chinese(text)
    name = context.name.strip(" .。")
    if head.startswith("picture") or not name or chinese(name) != zh:
        return
    form = grammar("zh" if zh else "en")["plain"]
    facts = list(_facts(context.attributes, form["facts"], zh))[:_MOST]
    if facts and head in ("bullets", "description"):
        rows = [form["fact"].format(f.name[:1].upper() + f.name[1:], f.value) for f in facts]
        yield form[head].format(name, form["and"].join(rows))
    yield name


def _facts(attributes: tuple[Attribute, ...], wanted: str, zh: bool) -> Iterator[Attribute]:
    """The material and the sizes, as far as they are short and in the text's language."""
    for each in attributes:
        about = re.fullmatch(wanted, each.name.lower())
        short = 0 < len(each.value) <= _LONGEST and not re.search(
            r"[.。!！?？;；:：\n]\s", each.value
        )
        if about and short and (chinese(each.name) == zh):
            yield each
