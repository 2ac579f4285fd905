"""Rule packs, and the checker that reads texts by them.

rules = load()
findings = rules.check({"title": ...}, context, claims)
findings = offered(texts, claims, findings, rules, read, context)  # with replacements that pass
better = rewrite(texts, findings)
"""

from studio.compliance.fixing import rewrite
from studio.compliance.loading import load
from studio.compliance.passing import offered
from studio.compliance.rules import Rules

__all__ = ["Rules", "load", "offered", "rewrite"]
