"""Moving memories between stores: a lossless export as JSON lines, its import, and what mem0 left behind."""

from ramet.memory.transfer.export import export
from ramet.memory.transfer.import_ import import_
from ramet.memory.transfer.mem0 import Mem0Data, Mem0Event, Mem0Point, import_mem0

__all__ = ["Mem0Data", "Mem0Event", "Mem0Point", "export", "import_", "import_mem0"]
