"""Memory's face: what the library, and later every door, calls. Reads its arguments, then lets the modules act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ramet.kernel.clock import parse_time
from ramet.kernel.errors import ConfigurationError, ValidationError
from ramet.kernel.journal import OpKind
from ramet.kernel.scope import DEFAULT_PROJECT, parse_id, parse_scope
from ramet.memory import arguments, assemble, branching, changing, erasing, inputs, reading, transfer, writing
from ramet.memory.asking import ask_for_facts
from ramet.memory.changing import Patch, Place
from ramet.memory.engine import Engine
from ramet.memory.entities import MemoryGraph
from ramet.memory.extract import extract
from ramet.memory.model import MAIN
from ramet.memory.writing import Extracted

Record = dict[str, Any]
KEEP: Final = object()


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
        arguments.check_memory_type(memory_type, scope)
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
        memory_id = inputs.read_name(memory_id, "memory_id")
        op = changing.update(self._engine, self._place(branch), memory_id, patch)
        return {"message": "Memory updated successfully!", "operation_id": op.op_id}

    def delete(self, memory_id: str, *, branch: str = MAIN) -> Record:
        """Close a memory. ``undo`` brings it back; ``erase`` removes for good.

        Raises:
            NotFoundError: there is no such memory.
        """
        op = changing.delete(self._engine, self._place(branch), inputs.read_name(memory_id, "memory_id"))
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
        old = inputs.read_name(memory_id, "memory_id")
        return changing.supersede(self._engine, self._place(branch), [old], text, OpKind.SUPERSEDE)

    def merge(self, ids: Sequence[str], text: str, *, branch: str = MAIN) -> Record:
        """Replace several memories of one scope by one that keeps all their sources.

        Raises:
            ValidationError: fewer than two ids, or of different scopes.
            NotFoundError, ConflictError: as for ``supersede``.
        """
        olds = inputs.read_names(ids, "ids")
        if len(olds) < 2:  # noqa: PLR2004 - said in the message
            raise ValidationError("merge takes at least two different memory ids.", code="VALIDATION_010")
        text = inputs.read_text(text, "text", self._engine.limits)
        return changing.supersede(self._engine, self._place(branch), olds, text, OpKind.MERGE)

    def undo(self, operation_id: str) -> Record:
        """Restore what every memory was before an operation. The undo is an operation, and can be undone.

        Raises:
            NotFoundError: there is no such operation.
            ConflictError: a memory that it touched was changed since.
        """
        op = changing.undo(self._engine, self._place(MAIN), inputs.read_name(operation_id, "operation_id"))
        return {"message": "Operation undone.", "operation_id": op.op_id}

    def reset(self) -> None:
        """Remove everything of the project, its history included. There is no way back.

        The space is used again; to have every byte overwritten at once, and a receipt, ``erase``.
        """
        self._engine.partitions.clear()
        self._engine.store.reset(self._project)

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
        arguments.check_rerank(asked=rerank)
        query = inputs.read_query(query, self._engine.limits)
        ids = (user_id, agent_id, run_id, app_id)
        scope, wanted = arguments.scope_and_filter(self._project, ids, filters)
        conditions = arguments.conditions(
            self._engine, wanted, as_of, superseded=include_superseded, expired=show_expired
        )
        options = reading.SearchOptions(
            conditions=conditions,
            top_k=arguments.top_k_of(self._engine, top_k, limit),
            threshold=inputs.read_threshold(threshold),
            explain=explain,
            known_at_us=arguments.time_of(known_at, "known_at"),
            reference_us=arguments.time_of(reference_date, "reference_date") or conditions.now_us,
            branch=branch,
        )
        found = reading.search(self._engine, scope, query, options)
        return {"results": reading.results(found, options), "relations": reading.relations(found)}

    def get(self, memory_id: str, *, branch: str = MAIN) -> Record | None:
        """Return a memory by its id, or ``None``."""
        return reading.get(self._engine, self._project, inputs.read_name(memory_id, "memory_id"), branch)

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
        ids = (user_id, agent_id, run_id, app_id)
        scope, wanted = arguments.scope_and_filter(self._project, ids, filters)
        conditions = arguments.conditions(
            self._engine, wanted, as_of, superseded=include_superseded, expired=show_expired
        )
        if page is None and page_size is None:
            asked = reading.Page(0, arguments.top_k_of(self._engine, top_k, limit))
        else:
            asked = arguments.page_of(self._engine, page, page_size)
        records, total = reading.list_memories(
            self._engine, scope, conditions, asked, branch=branch, known_us=arguments.time_of(known_at, "known_at")
        )
        return {"results": records, "total": total}

    def context(
        self,
        query: str,
        *,
        max_tokens: int = 1000,
        user_id: object = None,
        agent_id: object = None,
        run_id: object = None,
        app_id: object = None,
        filters: object = None,
        as_of: object = None,
        known_at: object = None,
        branch: str = MAIN,
    ) -> Record:
        """Write what a model should see before it answers a question: a block within a token budget.

        Returns:
            ``{"text", "tokens", "citations", "refs"}``: the block, each line citing a memory by a short reference; its
            estimated size in tokens; the ids of the memories in it; and which reference stands for which id. The block
            is marked, so that it is never extracted again.

        Raises:
            ValidationError: an argument is wrong.
        """
        limits = self._engine.limits
        query = inputs.read_query(query, limits)
        budget = inputs.read_count(max_tokens, "max_tokens", limits.context_tokens)
        scope, wanted = arguments.scope_and_filter(self._project, (user_id, agent_id, run_id, app_id), filters)
        conditions = arguments.conditions(self._engine, wanted, as_of)
        options = reading.SearchOptions(
            conditions=conditions,
            known_at_us=arguments.time_of(known_at, "known_at"),
            reference_us=conditions.now_us,
            branch=branch,
        )
        return assemble.context(self._engine, scope, query, budget, options)

    def history(self, memory_id: str, *, branch: str = MAIN) -> list[Record]:
        """Return all that happened to a memory, oldest first; readable after its deletion."""
        return reading.history(self._engine, self._project, inputs.read_name(memory_id, "memory_id"), branch)

    def why(self, memory_id: str, *, branch: str = MAIN) -> Record:
        """Return the episodes that a memory came from, the quoted span of each, and the decisions taken.

        Raises:
            NotFoundError: there is no such memory.
        """
        return reading.why(self._engine, self._project, inputs.read_name(memory_id, "memory_id"), branch)

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
        made = branching.fork(self._engine, self._place(branch), inputs.read_name(name, "name"))
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

    # -- custody ----------------------------------------------------------------------------------------------------

    def export(
        self,
        *,
        user_id: object = None,
        agent_id: object = None,
        run_id: object = None,
        app_id: object = None,
        branch: str = MAIN,
        include_vectors: bool = True,
    ) -> Iterator[str]:
        """Yield everything that a branch knows, its history included, as lines of JSON; ids narrow it to a scope.

        Vectors travel with their model's id, so that an import need not embed again.
        """
        ids = {"user_id": user_id, "agent_id": agent_id, "run_id": run_id, "app_id": app_id}
        asked = any(value is not None for value in ids.values())
        scope = parse_scope(self._project, **ids) if asked else None
        return transfer.export(self._engine, self._project, scope, branch, include_vectors=include_vectors)

    def import_(self, lines: Iterable[str], *, branch: str = MAIN) -> Record:
        """Take in what ``export`` wrote. All is checked before anything is written; ids that are known are skipped.

        Raises:
            ValidationError: a line is malformed; the message names it.
            ConflictError: an id belongs to another project.
        """
        return transfer.import_(self._engine, self._place(branch), lines)

    def erase(
        self, *, user_id: object = None, agent_id: object = None, run_id: object = None, app_id: object = None
    ) -> Record:
        """Remove every trace of a scope, on every branch and in every file, for good; return a signed receipt.

        Raises:
            ValidationError: no id was given.
        """
        scope = parse_scope(self._project, user_id=user_id, agent_id=agent_id, run_id=run_id, app_id=app_id)
        return erasing.erase(self._engine, self._place(MAIN), scope)

    def erase_memories(self, ids: Sequence[str]) -> Record:
        """Remove memories, all their versions, and the messages that only they came from; return a signed receipt."""
        return erasing.erase_memories(self._engine, self._place(MAIN), inputs.read_names(ids, "ids"))

    def verify_receipt(self, receipt: Mapping[str, Any]) -> list[str]:
        """Return what speaks against a receipt: its signature, and what this store still holds; empty if nothing."""
        return erasing.verify_against(self._engine, receipt)

    def rebuild(self) -> Record:
        """Recreate every projection from the journal; ``equal`` says whether nothing differed."""
        report = dict(self._engine.store.rebuild(self._project))
        self._engine.partitions.clear()
        return report

    def _place(self, branch: str) -> Place:
        return Place(self._project, branch, self._principal)
