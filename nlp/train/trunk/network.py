"""The encoder with an adapter (LoRA, Hu et al. 2021) and one head for each task."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch.nn import functional
from transformers import AutoModel
from transformers.utils import logging

from nlp.train.trunk.batches import Batch
from nlp.train.trunk.task import Task

TARGETS = ("query", "key", "value", "dense")
"""Linear layers of a BERT encoder that get an adapter."""
_RUN = 48
"""Pieces in one run of the network: sorted by length, few tokens are padding."""
_COSINE_SCALE = 20.0
_SMOOTH = 0.05
"""Share of a target that is spread over all labels: labels of tweets are often disputed."""
_LINEAR_SCALE = 8.0
"""Logits on unit vectors need a scale, or the loss never gets small."""


def _adapted(base: Path, rank: int, shared: int) -> PeftModel:
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    # Eager attention: on short sentences it is faster than the fused form on a CPU.
    encoder = AutoModel.from_pretrained(
        base,
        local_files_only=True,
        use_safetensors=True,
        attn_implementation="eager",
        add_pooling_layer=False,
    )
    tuned = list(range(shared, encoder.config.num_hidden_layers))
    lora = LoraConfig(
        r=rank,
        lora_alpha=rank,
        target_modules=list(TARGETS),
        layers_to_transform=tuned,
        bias="none",
    )
    with warnings.catch_warnings():
        # peft asks for an attribute that transformers will rename.
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(encoder, lora)


class Trunk(torch.nn.Module):
    """Texts to unit vectors, as ``nlp.vectors`` pools them, and vectors to logits.

    Parameters
    ----------
    base : Path
        Folder with ``config.json`` and ``model.safetensors``.
    tasks : sequence of Task
        Their heads are made anew.
    rank : int
        Of the adapter.
    shared : int
        Layers from below that stay the base's own.
    """

    def __init__(self, base: Path, tasks: Sequence[Task], rank: int, shared: int = 0) -> None:
        super().__init__()
        self.encoder = _adapted(base, rank, shared)
        width = self.encoder.config.hidden_size
        self.heads = torch.nn.ModuleDict(
            {
                task.name: torch.nn.Linear(
                    width, task.train.targets.shape[1], bias=task.link == "linear"
                )
                for task in tasks
                if task.link != "anchor"
            }
        )

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        return next(self.parameters()).device

    def forward(self, batch: Batch) -> torch.Tensor:
        """Texts -> (B, D) unit vectors."""
        order = sorted(range(len(batch.ids)), key=lambda place: len(batch.ids[place]))
        runs = [order[first : first + _RUN] for first in range(0, len(order), _RUN)]
        means = torch.cat([self._means([batch.ids[place] for place in run]) for run in runs])
        weights = torch.tensor([batch.weights[place] for place in order], device=self.device)
        owners = torch.tensor([batch.owners[place] for place in order], device=self.device)
        shares = functional.normalize(means, dim=1) * weights[:, None]
        summed = shares.new_zeros(batch.size, shares.shape[1]).index_add(0, owners, shares)
        return functional.normalize(summed, dim=1)

    def _means(self, ids: list[list[int]]) -> torch.Tensor:
        """Token ids -> (N, D) means over the tokens of each piece."""
        width = max(map(len, ids))
        padded = torch.tensor([row + [0] * (width - len(row)) for row in ids], device=self.device)
        mask = torch.tensor(
            [[1] * len(row) + [0] * (width - len(row)) for row in ids], device=self.device
        )
        read = self.encoder(input_ids=padded, attention_mask=mask)
        hidden: torch.Tensor = read.last_hidden_state.float()
        return (hidden * mask[:, :, None]).sum(dim=1) / mask.sum(dim=1)[:, None]

    def logits(self, task: Task, vectors: torch.Tensor) -> torch.Tensor:
        """(B, D) unit vectors -> (B, n_labels)."""
        head = self.heads[task.name]
        assert isinstance(head, torch.nn.Linear)
        if task.link == "linear":
            return torch.mul(head(vectors), _LINEAR_SCALE)
        return _COSINE_SCALE * vectors @ functional.normalize(head.weight, dim=1).T

    def loss(self, task: Task, vectors: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Mean loss of a batch: cross-entropy, or for an anchor 1 - cosine."""
        if task.link == "anchor":
            return (1.0 - (vectors * targets).sum(dim=1)).mean()
        return functional.cross_entropy(
            self.logits(task, vectors), targets, _weights(task).to(vectors), label_smoothing=_SMOOTH
        )

    def trained(self) -> dict[str, torch.Tensor]:
        """Give the parameters that training moves, by name."""
        return {name: value for name, value in self.named_parameters() if value.requires_grad}


def _weights(task: Task) -> torch.Tensor:
    """Give the (n_labels,) weights of labels: rare ones count more, by ``task.balance``."""
    counts = torch.from_numpy(task.train.targets.sum(axis=0)).clamp(min=1.0)
    weights = (counts.mean() / counts) ** task.balance
    return weights.clamp(0.2, 5.0)
