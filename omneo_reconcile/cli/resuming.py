"""What earlier applies left: batches that are still open, and a plan of which a part was done."""

from omneo_reconcile.apply.earlier import Earlier, read_earlier
from omneo_reconcile.apply.journal import Journal
from omneo_reconcile.apply.ports import Watching
from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.interrupts import Interrupts
from omneo_reconcile.cli.output import say
from omneo_reconcile.cli.wiring import Connection, open_client
from omneo_reconcile.core.journal import History
from omneo_reconcile.core.plan import Plan, Tenant
from omneo_reconcile.core.resume import ids_done, whole_plan
from omneo_reconcile.tenant.read_back import ReadBack
from omneo_reconcile.tenant.reader import Reader


class Resuming:
    """Goes on where earlier applies to a tenant ended. Holds nothing that can write."""

    def __init__(self, edges: Edges, connection: Connection, interrupts: Interrupts, past: History) -> None:
        """Does nothing yet."""
        self._edges = edges
        self._connection = connection
        self._interrupts = interrupts
        self._past = past

    def read_open(self, tenant: Tenant, journal: Journal, settle_seconds: float) -> Earlier:
        """Returns what became of the batches that are still open, and says so."""
        past = self._past
        if past.cut_off_at:
            limit = f", for up to {settle_seconds:g} s" if past.open else ""
            what = f"the apply that began at {past.cut_off_at:%Y-%m-%d %H:%M:%S} UTC did not come to its end"
            say(f"note: {what}; what it left open is read first{limit}", self._edges)
            if past.begun is None:
                say("note: this is planned anew, so what that apply did is not in this receipt", self._edges)
        if not past.open:
            return Earlier(past.batches, made=past.made)
        earlier = self._interrupts.run(self._read_open(tenant, journal, settle_seconds))
        say(
            f"note: batches left open earlier: {len(past.open)}; their changes that are done: {earlier.confirmed}, "
            f"still under way: {len(earlier.pending)}; batches without a trace: {earlier.given_up}",
            self._edges,
        )
        return earlier

    async def _read_open(self, tenant: Tenant, journal: Journal, settle_seconds: float) -> Earlier:
        async with open_client(self._connection, tenant, self._edges) as client:
            reader = ReadBack(Reader(client), {})
            watching = Watching(reader, journal, self._edges.clock, self._interrupts.asked)
            return await read_earlier(self._past, watching, settle_seconds)

    def whole(self, rest: Plan) -> Plan | None:
        """Returns the plan that is expected, if it was begun here and this plan is what is left of it, and says so."""
        if self._past.begun is None:
            return None
        whole = self._interrupts.run(self._whole(rest))
        if whole is not None:
            left = "what is left of it is done now" if rest.changes else "nothing is left of it"
            say(f"note: this plan was begun before; {left}", self._edges)
        return whole

    async def _whole(self, rest: Plan) -> Plan | None:
        assert self._past.begun is not None
        async with open_client(self._connection, rest.tenant, self._edges) as client:
            ids = ids_done(self._past.begun, rest)
            people = await ReadBack(Reader(client), {}).people(dict.fromkeys(ids))
        return whole_plan(self._past.begun, rest, people)
