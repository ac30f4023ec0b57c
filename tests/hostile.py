"""Text that would break out of what it is shown in, and plans that carry it."""

from msgspec.structs import replace

from omneo_reconcile.core.changes import Add, Held, HeldWhy, Reason, Remove, Unresolved
from omneo_reconcile.core.model import Source
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.reading import Completeness, Read, WayName
from omneo_reconcile.core.resolve import Why
from omneo_reconcile.core.seal import seal
from worlds import plan_for, spec_of, status_of

HOSTILE = ["\x1b[31m", "a\nb", "a\u202eb", "::error::\r", "a\u2028b", "\x9b31m", "\u200f"]
BREAKOUTS = [
    "</script><script>hacked = 1</script>",
    "</style><style>*{display:none}",
    "</details></table></main><img src=x onerror=hacked=1>",
    '" onmouseover="hacked=1" x=\'',
    "' autofocus onfocus=hacked=1 '",
    "<!--",
    "]]><svg onload=hacked=1>",
    "&lt;b&gt;&#60;i&#62;",
    "{{ 7 * 7 }}{% raw %}{#",
    "</title></option></select><b>`code`",
]


def plan_with(text: str) -> Plan:
    """A plan that carries a text wherever a spec or a tenant could put one."""
    plan = plan_for(spec_of(status_of("vip")), ())
    change = Add(text, text, text, Reason.DECLARED, Source(text, 1), text, None)
    status = replace(plan.statuses[0], handle=text, owner=text)
    return seal(replace(plan, statuses=(status,), changes=(change,), limits=()))


def full_of(*texts: str) -> Plan:
    """A plan that carries texts in every place of every kind of row, each in rows of its own."""
    plans = [_full_of(text) for text in texts]
    parts = ("statuses", "changes", "held", "unresolved", "reads")
    rows = {part: tuple(row for plan in plans for row in getattr(plan, part)) for part in parts}
    return seal(replace(plans[0], **rows))


def _full_of(text: str) -> Plan:
    plan = plan_with(text)
    source = Source(text, 1)
    return replace(
        plan,
        tenant=replace(plan.tenant, name=text, base_url=text),
        statuses=(replace(plan.statuses[0], undeclared=None),),
        spec=replace(plan.spec, commit=text),
        changes=(*plan.changes, Remove(text, text, None, plan.changes[0].reason, source, text, None)),
        held=(Held(text, text, text, HeldWhy.UNRESOLVED),),
        unresolved=(Unresolved(text, text, Why.NOT_FOUND, (text,), source, text),),
        reads=(
            Read(text, WayName.HOLDERS, complete=False, requests=1, completeness=Completeness.INCOMPLETE, reason=text),
        ),
    )
