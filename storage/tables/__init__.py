"""The tables. A change here needs a migration; a test holds that the two agree."""

from storage.tables.access import ApiKeyRow, IdempotencyRow
from storage.tables.base import Base
from storage.tables.definitions import DefinitionChangeRow, DefinitionRow, EventAliasRow
from storage.tables.identities import IdentityRow, LinkRow, MemberRow, RedirectRow
from storage.tables.journey_models import JourneyModelRow
from storage.tables.journeys import IssueRow, JoinRow, JourneyRow, OutcomeRow
from storage.tables.mart import MartChangeRow
from storage.tables.models import TaxonomyChangeRow, TaxonomyJobRow, TaxonomyRow, VectorRow
from storage.tables.records import (
    ConversationRow,
    EventRow,
    NeedRow,
    SightingRow,
    TombstoneRow,
    TurnRow,
)
from storage.tables.retag import RetagChangeRow, RetagPartRow, RetagRow
from storage.tables.signals import CorrectionRow, SignalRow
from storage.tables.themes import (
    AssignmentRow,
    DecisionRow,
    LedgerRow,
    StatementRow,
    ThemeModelRow,
    ThemeRow,
)
from storage.tables.work import ImportReportRow, JobItemRow, JobRow, WorkerRow, WorkRow

__all__ = [
    "ApiKeyRow",
    "AssignmentRow",
    "Base",
    "ConversationRow",
    "CorrectionRow",
    "DecisionRow",
    "DefinitionChangeRow",
    "DefinitionRow",
    "EventAliasRow",
    "EventRow",
    "IdempotencyRow",
    "IdentityRow",
    "ImportReportRow",
    "IssueRow",
    "JobItemRow",
    "JobRow",
    "JoinRow",
    "JourneyModelRow",
    "JourneyRow",
    "LedgerRow",
    "LinkRow",
    "MartChangeRow",
    "MemberRow",
    "NeedRow",
    "OutcomeRow",
    "RedirectRow",
    "RetagChangeRow",
    "RetagPartRow",
    "RetagRow",
    "SightingRow",
    "SignalRow",
    "StatementRow",
    "TaxonomyChangeRow",
    "TaxonomyJobRow",
    "TaxonomyRow",
    "ThemeModelRow",
    "ThemeRow",
    "TombstoneRow",
    "TurnRow",
    "VectorRow",
    "WorkRow",
    "WorkerRow",
]
