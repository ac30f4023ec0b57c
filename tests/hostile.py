"""Text that would break out of where it is shown, and plans that carry it."""

from datetime import date

from msgspec.structs import replace

from omneo_reconcile.core.changes import Add, Held, HeldWhy, Reason, Remove, Unresolved
from omneo_reconcile.core.limits import LimitName, check_limits
from omneo_reconcile.core.model import Limits, Source
from omneo_reconcile.core.plan import Expiring, Plan, Tenant
from omneo_reconcile.core.policies import PolicyName, Violation
from omneo_reconcile.core.reading import Completeness, Read, WayName
from omneo_reconcile.core.resolve import Why
from omneo_reconcile.core.seal import seal
from worlds import plan_for, spec_of, status_of

HOSTILE = [
    "a|b",
    "\\|",
    "a\\",
    "`",
    "``` ``",
    "` `",
    " ",
    "<b>bold</b>",
    "</details>",
    "</script><script>hacked=1</script>",
    '"><img src=x onerror="hacked=1">',
    "<!-- -->",
    "-->",
    "]]>",
    "[link](https://evil.example)",
    "![image](https://evil.example/pixel.png)",
    "https://evil.example",
    "www.evil.example",
    "mailto:jane@example.com",
    "@everyone #17 :smile: GH-3",
    "\n## heading",
    "\n\n",
    "- [ ] task",
    "::error::broken",
    "  ::set-output name=changes::0",
    "##[error]broken",
    "##vso[task.complete]",
    "%0A::error::broken",
    "a\x1b[31mred\x1b]8;;https://evil.example\x07",
    "a\u202eb\u200f",
    "a\u2028b\x85c\x0bd",
    "\x9b31m",
    "${{ github.token }}",
    "\x1b[31m",
    "::error::\r",
    "</style><style>*{display:none}",
    "</details></table></main><img src=x onerror=hacked=1>",
    '" onmouseover="hacked=1" x=\'',
    "' autofocus onfocus=hacked=1 '",
    "]]><svg onload=hacked=1>",
    "&lt;b&gt;&#60;i&#62;",
    "{{ 7 * 7 }}{% raw %}{#",
    "</title></option></select><b>`code`",
    "=1+1",
    "x" * 10_000,
    "\U0001f600" * 500,
]
"""Text that somebody might put into a spec or a tenant to break out of where it is shown."""


def hostile_plan(text: str) -> Plan:
    """A plan that carries a text wherever a spec or a tenant could put one."""
    plan = plan_for(spec_of(status_of("vip")), ())
    where = Source(text, 1)
    undone = Remove(text, f"{text}2", None, Reason.EXCLUSIVE, None, text, date(2026, 1, 1))
    status = replace(plan.statuses[0], handle=text, owner=text, add=1, remove=1, held=1, unresolved=1, live=4)
    return seal(
        replace(
            plan,
            tenant=Tenant("acme", text),
            spec=replace(plan.spec, commit=text, files=(text,)),
            statuses=(status,),
            changes=(undone, Add(text, text, text, Reason.DECLARED, where, text, None)),
            held=(Held(text, text, text, HeldWhy.UNRESOLVED),),
            unresolved=(Unresolved(text, text, Why.UNREADABLE, (text, text), where, text),),
            limits=check_limits(text, Limits(), 4, {LimitName.MAX_ADDS: 1000, LimitName.MAX_REMOVALS: 2}, {}),
            reads=(Read(text, WayName.HOLDERS, False, 1, Completeness.INCOMPLETE, text),),
            expiring=(Expiring(text, date(2026, 6, 20), 3, where),),
            violations=(Violation(text, PolicyName.REQUIRES, text, None, (text,), text, (where,) * 3, text, text),),
            summary=replace(plan.summary, add=1, remove=1, held=1, unresolved=1),
        )
    )


def full_of(*texts: str) -> Plan:
    """A plan that carries texts in every place of every kind of row, each in rows of its own."""
    plans = [hostile_plan(text) for text in texts]
    parts = ("statuses", "changes", "held", "unresolved", "limits", "reads", "expiring", "violations")
    rows = {part: tuple(row for plan in plans for row in getattr(plan, part)) for part in parts}
    return seal(replace(plans[0], **rows))
