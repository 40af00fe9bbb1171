"""Memory's face: what the library, and later every door, calls. Reads its arguments, then lets the modules act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ramet.kernel.clock import parse_time
from ramet.kernel.errors import ConfigurationError, ValidationError
from ramet.kernel.journal import OpKind
from ramet.kernel.scope import DEFAULT_PROJECT, ID_NAMES, Scope, parse_id, parse_scope
from ramet.memory import branching, changing, filters, inputs, reading, writing
from ramet.memory.asking import ask_for_facts
from ramet.memory.changing import Patch, Place
from ramet.memory.engine import Conditions, Engine
from ramet.memory.entities import MemoryGraph
from ramet.memory.extract import extract
from ramet.memory.model import MAIN
from ramet.memory.writing import Extracted

Record = dict[str, Any]
KEEP: Final = object()
_MANY: Final = 10_000_000
_MEMORY_TYPES: Final = (inputs.PROCEDURAL,)


class MemoryService:
    """Memories of one project.

    Every method that takes ids (``user_id``, ``agent_id``, ``run_id``, ``app_id``) works on the scope that all given
    ids make together; at least one must be given. ``branch`` names a line of history, ``main`` by default.
    """

    def __init__(self, engine: Engine, *, project: str = DEFAULT_PROJECT, principal: str = "local") -> None:
        self._engine = engine
        self._project = parse_id("project", project) or DEFAULT_PROJECT
        self._principal = principal

    # -- writing ----------------------------------------------------------------------------------------------------

    def add(
        self,
        messages: object,
        *,
        user_id: object = None,
        agent_id: object = None,
        run_id: object = None,
        app_id: object = None,
        metadata: object = None,
        timestamp: object = None,
        expiration_date: object = None,
        infer: bool = True,
        memory_type: str | None = None,
        prompt: str | None = None,
        idempotency_key: str | None = None,
        branch: str = MAIN,
    ) -> Record:
        """Keep messages, and what follows from them.

        Args:
            messages: text, one message, or a list of ``{"role", "content", "name"?}``; content is text or parts.
            user_id: whose memory it is; all ids given are stored.
            agent_id: likewise.
            run_id: likewise: the conversation or run.
            app_id: likewise.
            metadata: a JSON object kept with every memory, for filters.
            timestamp: when it was said (ISO 8601, datetime or Unix seconds); now by default.
            expiration_date: the last day (UTC) on which the memories are live.
            infer: extract statements and reconcile them with what is known; ``False`` stores each message as it is.
            memory_type: ``"procedural_memory"`` turns an agent's run into one numbered record (needs ``agent_id``).
            prompt: further instructions for the model that extracts; needs one.
            idempotency_key: a second call with the same key writes nothing and returns the first one's results.
            branch: the line of history to write to.

        Returns:
            ``{"results": [{"id", "memory", "event", …}], "relations": […], "operation_id", "usage"}``; events are
            ADD, UPDATE (the memory supersedes others) and DELETE (it ended one).

        Raises:
            ValidationError: an argument is wrong; nothing was written.
            ProviderError: the embedder or model failed; nothing was written.
        """
        engine = self._engine
        now = engine.clock()
        said_us = now if timestamp is None else parse_time(timestamp, "timestamp")
        expires_us = inputs.read_expiration(expiration_date)
        scope = parse_scope(self._project, user_id=user_id, agent_id=agent_id, run_id=run_id, app_id=app_id)
        _check_memory_type(memory_type, scope)
        utterances = inputs.read_messages(messages, said_us, engine.limits)
        options = writing.AddOptions(
            metadata=inputs.read_metadata(metadata, engine.limits),
            said_us=said_us,
            expires_us=expires_us,
            branch=branch,
            principal=self._principal,
            idempotency_key=inputs.read_key(idempotency_key),
        )
        if not utterances:
            return {"results": [], "relations": [], "operation_id": None, "usage": {"llm_calls": 0}}
        if memory_type == inputs.PROCEDURAL:
            return writing.add_procedure(engine, scope, utterances, options)
        if not infer:
            return writing.add_verbatim(engine, scope, utterances, options)
        if engine.llm is None:
            if prompt is not None:
                raise ConfigurationError("prompt needs a model to read it.", remedy="Open Memory with llm=…")
            extracted = Extracted(extract(utterances))
        else:
            extracted = Extracted(*ask_for_facts(engine.llm, utterances, said_us, prompt))
        return writing.add_inferred(engine, scope, utterances, options, extracted)

    def update(
        self,
        memory_id: str,
        text: str | None = None,
        metadata: object = None,
        expiration_date: object = KEEP,
        *,
        data: str | None = None,
        branch: str = MAIN,
    ) -> Record:
        """Correct a memory: a new version under the same id. ``metadata`` merges into what is there.

        Args:
            memory_id: which memory.
            text: what it says from now on; ``data`` is mem0's older name for it.
            metadata: entries to add or replace.
            expiration_date: the last day on which it is live; ``None`` for ever.
            data: the same as ``text``.
            branch: the line of history to write to.

        Raises:
            ValidationError: nothing to change was given.
            NotFoundError: there is no such memory.
        """
        limits = self._engine.limits
        new_text = text if text is not None else data
        if new_text is None and metadata is None and expiration_date is KEEP:
            raise ValidationError("Nothing to update was given.", remedy="Give text, metadata or expiration_date.")
        patch = Patch(
            text=None if new_text is None else inputs.read_text(new_text, "text", limits),
            metadata=None if metadata is None else inputs.read_metadata(metadata, limits),
            expires_us=None if expiration_date is KEEP else inputs.read_expiration(expiration_date),
        )
        op = changing.update(self._engine, self._place(branch), memory_id, patch)
        return {"message": "Memory updated successfully!", "operation_id": op.op_id}

    def delete(self, memory_id: str, *, branch: str = MAIN) -> Record:
        """Close a memory. ``undo`` brings it back; ``erase`` removes for good.

        Raises:
            NotFoundError: there is no such memory.
        """
        op = changing.delete(self._engine, self._place(branch), memory_id)
        return {"message": "Memory deleted successfully!", "operation_id": op.op_id}

    def delete_all(
        self,
        user_id: object = None,
        agent_id: object = None,
        run_id: object = None,
        app_id: object = None,
        *,
        branch: str = MAIN,
    ) -> Record:
        """Close all memories of a scope in one operation that can be undone.

        Raises:
            ValidationError: no id was given.
        """
        scope = parse_scope(self._project, user_id=user_id, agent_id=agent_id, run_id=run_id, app_id=app_id)
        op, count = changing.delete_all(self._engine, self._place(branch), scope)
        message = "Memories deleted successfully!"
        return {"message": message, "deleted": count, "operation_id": op.op_id if op else None}

    def supersede(self, memory_id: str, text: str, *, branch: str = MAIN) -> Record:
        """Replace a memory that was true by one that is true now; the old one stays readable.

        Raises:
            NotFoundError: there is no such memory.
            ConflictError: it was superseded already.
        """
        text = inputs.read_text(text, "text", self._engine.limits)
        return changing.supersede(self._engine, self._place(branch), [memory_id], text, OpKind.SUPERSEDE)

    def merge(self, ids: Sequence[str], text: str, *, branch: str = MAIN) -> Record:
        """Replace several memories of one scope by one that keeps all their sources.

        Raises:
            ValidationError: fewer than two ids, or of different scopes.
            NotFoundError, ConflictError: as for ``supersede``.
        """
        if isinstance(ids, str) or len(dict.fromkeys(ids)) < 2:  # noqa: PLR2004 - said in the message
            raise ValidationError("merge takes at least two different memory ids.", code="VALIDATION_010")
        text = inputs.read_text(text, "text", self._engine.limits)
        return changing.supersede(self._engine, self._place(branch), list(ids), text, OpKind.MERGE)

    def undo(self, operation_id: str) -> Record:
        """Restore what every memory was before an operation. The undo is an operation, and can be undone.

        Raises:
            NotFoundError: there is no such operation.
            ConflictError: a memory that it touched was changed since.
        """
        op = changing.undo(self._engine, self._place(MAIN), operation_id)
        return {"message": "Operation undone.", "operation_id": op.op_id}

    def reset(self) -> None:
        """Remove everything of the project, its history included. There is no way back."""
        self._engine.store.reset(self._project)
        self._engine.store.scrub()
        self._engine.partitions.clear()

    # -- reading ----------------------------------------------------------------------------------------------------

    def search(
        self,
        query: str,
        *,
        user_id: object = None,
        agent_id: object = None,
        run_id: object = None,
        app_id: object = None,
        filters: object = None,
        top_k: int | None = None,
        limit: int | None = None,
        threshold: float | None = None,
        rerank: bool = False,
        explain: bool = False,
        as_of: object = None,
        known_at: object = None,
        reference_date: object = None,
        include_superseded: bool = False,
        show_expired: bool = False,
        branch: str = MAIN,
    ) -> Record:
        """Find the memories that answer a question, best first.

        Args:
            query: the question, in words.
            user_id: the scope; ids may stand in ``filters`` instead.
            agent_id: likewise.
            run_id: likewise.
            app_id: likewise.
            filters: see `ramet.memory.filters`.
            top_k: how many at most (20); ``limit`` is another name for it.
            limit: the same as ``top_k``.
            threshold: the least ``score``, 0 to 1.
            rerank: ask a reranking model to order the results; none can be configured yet, so ``True`` is refused.
            explain: add every term of the score under ``score_details``.
            as_of: what was true then (valid time).
            known_at: what was known then (transaction time).
            reference_date: what "yesterday" in the question counts from; now by default.
            include_superseded: also return what is no longer true.
            show_expired: also return what has expired.
            branch: the line of history to read.

        Returns:
            ``{"results": [{"id", "memory", "score", …}], "relations": […]}``. ``score`` lies in [0, 1] and depends on
            the question and the memory alone. The order also uses what surrounds a memory: its conversation, who
            said it and when.

        Raises:
            ValidationError: an argument is wrong.
        """
        if rerank:
            raise ConfigurationError("There is no reranking model to ask.", remedy="Leave rerank out.")
        query = inputs.read_query(query, self._engine.limits)
        scope, conditions = self._conditions(
            (user_id, agent_id, run_id, app_id),
            filters,
            as_of,
            include_superseded=include_superseded,
            show_expired=show_expired,
        )
        threshold = inputs.read_threshold(threshold)
        options = reading.SearchOptions(
            conditions=conditions,
            top_k=self._count(top_k, limit),
            threshold=threshold,
            explain=explain,
            known_at_us=_time(known_at, "known_at"),
            reference_us=_time(reference_date, "reference_date") or conditions.now_us,
            branch=branch,
        )
        found = reading.search(self._engine, scope, query, options)
        relations = [
            {"source": r.source, "relationship": r.type, "destination": r.target, "memory_id": f.version.memory_id}
            for f in found
            for r in f.content.relations
        ]
        results = [reading.result(f, explain=explain, threshold=threshold) for f in found]
        return {"results": results, "relations": relations}

    def get(self, memory_id: str, *, branch: str = MAIN) -> Record | None:
        """Return a memory by its id, or ``None``."""
        return reading.get(self._engine, self._project, memory_id, branch)

    def get_all(
        self,
        *,
        user_id: object = None,
        agent_id: object = None,
        run_id: object = None,
        app_id: object = None,
        filters: object = None,
        top_k: int | None = None,
        limit: int | None = None,
        page: int | None = None,
        page_size: int | None = None,
        as_of: object = None,
        known_at: object = None,
        include_superseded: bool = False,
        show_expired: bool = False,
        branch: str = MAIN,
    ) -> Record:
        """List a scope's memories in the order of their creation, a page at a time.

        ``page`` counts from 1 and takes ``page_size`` (100) memories each; without it the first ``top_k`` (20) are
        returned. ``total`` says how many there are.

        Raises:
            ValidationError: an argument is wrong.
        """
        scope, conditions = self._conditions(
            (user_id, agent_id, run_id, app_id),
            filters,
            as_of,
            include_superseded=include_superseded,
            show_expired=show_expired,
        )
        wanted = self._page(page, page_size, top_k, limit)
        records, total = reading.list_memories(
            self._engine, scope, conditions, wanted, branch=branch, known_us=_time(known_at, "known_at")
        )
        return {"results": records, "total": total}

    def history(self, memory_id: str, *, branch: str = MAIN) -> list[Record]:
        """Return all that happened to a memory, oldest first; readable after its deletion."""
        return reading.history(self._engine, self._project, memory_id, branch)

    def why(self, memory_id: str, *, branch: str = MAIN) -> Record:
        """Return the episodes that a memory came from, the quoted span of each, and the decisions taken.

        Raises:
            NotFoundError: there is no such memory.
        """
        return reading.why(self._engine, self._project, memory_id, branch)

    @property
    def graph(self) -> MemoryGraph:
        """The entities and relations that a scope's memories state."""
        return MemoryGraph(self._engine, self._project)

    # -- branches ---------------------------------------------------------------------------------------------------

    def fork(self, name: str, *, branch: str = MAIN) -> Record:
        """Begin a branch at this moment of ``branch``. Costs one row, whatever the size.

        Raises:
            ValidationError, ConflictError, LimitError: the name is malformed or taken, or there are too many.
        """
        made = branching.fork(self._engine, self._place(branch), name)
        return {"name": made.name, "parent": branch, "fork_seq": made.fork_seq}

    def branches(self) -> list[Record]:
        """Return all branches of the project."""
        return branching.branches(self._engine, self._project)

    def diff(self, a: str, b: str) -> Record:
        """Return what branch ``b`` added, removed and changed compared with ``a``."""
        return branching.diff(self._engine, self._project, a, b)

    def merge_branch(self, src: str, into: str = MAIN) -> Record:
        """Bring what ``src`` learned into ``into``; what both changed is listed under ``conflicts``."""
        return branching.merge_branch(self._engine, self._place(into), src)

    def delete_branch(self, name: str) -> Record:
        """Remove a branch and what only it knew.

        Raises:
            ConflictError: it is ``main`` or has children.
        """
        op = branching.delete_branch(self._engine, self._place(name))
        return {"message": f"Branch {name} deleted.", "operation_id": op.op_id}

    # -- arguments --------------------------------------------------------------------------------------------------

    def _place(self, branch: str) -> Place:
        return Place(self._project, branch, self._principal)

    def _conditions(
        self, ids: tuple[object, ...], spec: object, as_of: object, *, include_superseded: bool, show_expired: bool
    ) -> tuple[Scope, Conditions]:
        parsed = filters.parse(spec)
        given = {name: parse_id(name, value) for name, value in zip(ID_NAMES, ids, strict=True)}
        for name, value in parsed.ids.items():
            if given[name] not in (None, value):
                raise ValidationError(f"{name} is {given[name]!r} and {value!r} in filters.", remedy="Give it once.")
            given[name] = value
        scope = parse_scope(self._project, **given)
        conditions = Conditions(
            filter=parsed,
            as_of_us=_time(as_of, "as_of"),
            now_us=self._engine.clock(),
            include_superseded=include_superseded,
            show_expired=show_expired,
        )
        return scope, conditions

    def _count(self, top_k: int | None, limit: int | None) -> int:
        if top_k is not None and limit is not None and top_k != limit:
            raise ValidationError("top_k and limit are two names for one thing.", remedy="Give one of them.")
        wanted = top_k if top_k is not None else limit
        return inputs.read_count(20 if wanted is None else wanted, "top_k", self._engine.limits.top_k)

    def _page(self, page: int | None, page_size: int | None, top_k: int | None, limit: int | None) -> reading.Page:
        if page is None and page_size is None:
            return reading.Page(0, self._count(top_k, limit))
        size = inputs.read_count(100 if page_size is None else page_size, "page_size", self._engine.limits.top_k)
        number = inputs.read_count(1 if page is None else page, "page", _MANY)
        if number < 1:
            raise ValidationError("page counts from 1.", code="VALIDATION_009")
        return reading.Page((number - 1) * size, size)


def _time(value: object, name: str) -> int | None:
    return None if value is None else parse_time(value, name)


def _check_memory_type(memory_type: str | None, scope: Scope) -> None:
    if memory_type is None:
        return
    if memory_type not in _MEMORY_TYPES:
        raise ValidationError(
            f"memory_type is {memory_type!r}.", code="VALIDATION_002", remedy=f"It takes {inputs.PROCEDURAL!r} or None."
        )
    if scope.agent_id is None:
        raise ValidationError("A procedural memory needs agent_id.", code="VALIDATION_002", remedy="Give agent_id.")
