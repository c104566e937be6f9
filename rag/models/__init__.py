"""Models by name: what is declared, where the bytes come from, and that they are the right ones."""

from rag.models.declared import declared, get
from rag.models.store import ModelStore
from rag.models.types import (
    FetchProgress,
    FileCheck,
    Model,
    ModelFile,
    ModelStatus,
    Progress,
    Source,
)

__all__ = [
    "FetchProgress",
    "FileCheck",
    "Model",
    "ModelFile",
    "ModelStatus",
    "ModelStore",
    "Progress",
    "Source",
    "declared",
    "get",
]
