"""The run of a fine-tuning: seeded, taken up where it stopped, ended when it gains no more."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nlp.heads import Floats
from nlp.train.trunk.adapter import save_adapter
from nlp.train.trunk.batches import Tokens, load_tokenizer, plan
from nlp.train.trunk.measure import dev_scores
from nlp.train.trunk.network import Trunk
from nlp.train.trunk.task import Task

Report = Callable[[str], None]


class OtherRecipeError(ValueError):
    """A checkpoint is of a run of another recipe."""


_LAYER = "encoder.base_model.model."
_SPEAK_EVERY = 20
"""Steps between two lines of progress."""


@dataclass(frozen=True)
class Recipe:
    """How a trunk is trained. The same recipe, tasks, seed and device give the same weights."""

    rank: int = 64
    shared: int = 2
    """Layers from below that are not tuned: serving runs them once for both tops."""
    epochs: int = 2
    batch: int = 64
    rate: float = 7e-4
    """Peak learning rate of the adapter; linear warm-up, then a cosine down to 0."""
    head_rate: float = 3e-3
    warm_up: float = 0.06
    """Share of all steps."""
    decay: float = 0.01
    max_tokens: int = 64
    """Of one sentence in training; the product reads longer ones."""
    measure_every: int = 200
    """Steps between two looks at the development splits and two checkpoints."""
    patience: int = 4
    """Looks without a better mean score until it stops."""
    bf16: bool = True
    device: str = "cpu"
    seed: int = 20261123


@dataclass
class _State:
    """Where a run stands."""

    step: int = 0
    best: float = -1.0
    waited: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


def fit(
    base: Path,
    tasks: Sequence[Task],
    recipe: Recipe,
    folder: Path,
    report: Report = print,
    start: Mapping[str, Floats] | None = None,
    stop_after: int | None = None,
) -> Mapping[str, float]:
    """Train an adapter and keep the best one in ``folder/best``.

    Parameters
    ----------
    base : Path
        Hugging Face folder of a BERT-like encoder with mean pooling.
    tasks : sequence of Task
        Drawn from together.
    recipe : Recipe
        Size and pace.
    folder : Path
        Of this run. Where it holds a checkpoint, the run goes on from there.
    report : callable
        Gets a line of progress now and then.
    start : mapping of str to float32 array, optional
        An adapter of the same rank to begin with.
    stop_after : int, optional
        Steps after which this call writes a checkpoint and returns.

    Returns
    -------
    mapping of str to float
        Development scores of the best adapter.
    """
    run = _Run(base, tasks, recipe, folder, report)
    if start is not None:
        run.begin_with(start)
    run.resume()
    run.go(stop_after)
    return max(run.state.history, key=lambda scores: scores["mean"], default={})


class _Run:
    """All that moves while a trunk is trained."""

    def __init__(
        self, base: Path, tasks: Sequence[Task], recipe: Recipe, folder: Path, report: Report
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.tasks, self.recipe, self.folder, self.report = tasks, recipe, folder, report
        tokenizer = load_tokenizer(base, recipe.max_tokens)
        self.train = [Tokens.of(task.train.texts, tokenizer) for task in tasks]
        self.dev = [Tokens.of(task.dev.texts, tokenizer) for task in tasks]
        self.trunk = Trunk(base, tasks, recipe.rank, recipe.shared).to(recipe.device)
        self.per_epoch = len(plan(tasks, self.train, recipe.batch, recipe.seed, 0))
        self.steps = self.per_epoch * recipe.epochs
        adapter = [p for name, p in self.trunk.trained().items() if "lora_" in name]
        heads = list(self.trunk.heads.parameters())
        groups = [
            {"params": adapter, "lr": recipe.rate},
            {"params": heads, "lr": recipe.head_rate},
        ]
        self.optimiser = torch.optim.AdamW(groups, weight_decay=recipe.decay)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimiser, self._pace)
        self.state = _State()

    def _pace(self, step: int) -> float:
        warm = max(1, round(self.recipe.warm_up * self.steps))
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + float(np.cos(np.pi * (step - warm) / max(1, self.steps - warm))))

    def begin_with(self, adapter: Mapping[str, Floats]) -> None:
        """Set the adapter's matrices before the first step."""
        for name, value in self._matrices().items():
            value.data.copy_(torch.from_numpy(adapter[name]))

    def _matrices(self) -> dict[str, torch.nn.Parameter]:
        return {
            name.removeprefix(_LAYER).removesuffix(".default.weight"): value
            for name, value in self.trunk.named_parameters()
            if "lora_" in name
        }

    def go(self, stop_after: int | None) -> None:
        """Step until the end, the patience or ``stop_after``."""
        since, first = time.monotonic(), self.state.step
        while self.state.step < self.steps and self.state.waited < self.recipe.patience:
            loss = self._step()
            done = self.state.step - first
            if self.state.step % _SPEAK_EVERY == 0:
                pace = done * self.recipe.batch / (time.monotonic() - since)
                self.report(
                    f"step {self.state.step}/{self.steps} loss {loss:.4f} {pace:.0f} texts/s"
                )
            if self.state.step % self.recipe.measure_every == 0 or self.state.step == self.steps:
                self._look()
                self._keep()
            if stop_after is not None and done >= stop_after:
                self._keep()
                return

    def _step(self) -> float:
        epoch, place = divmod(self.state.step, self.per_epoch)
        if place == 0 or not hasattr(self, "_batches"):
            recipe = self.recipe
            self._batches = plan(self.tasks, self.train, recipe.batch, recipe.seed, epoch)
        index, rows = self._batches[place]
        task = self.tasks[index]
        self.trunk.train()
        with torch.autocast(self.recipe.device, torch.bfloat16, enabled=self.recipe.bf16):
            vectors = self.trunk(self.train[index].batch(rows))
        targets = torch.from_numpy(task.train.targets[rows]).to(vectors.device)
        loss = task.weight * self.trunk.loss(task, vectors.float(), targets)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.trunk.trained().values(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.state.step += 1
        return loss.item()

    def _look(self) -> None:
        """Measure, and keep the adapter where it is the best so far."""
        scores = dict(dev_scores(self.trunk, self.tasks, self.dev))
        scores["mean"] = sum(scores.values()) / len(scores)
        self.report(" ".join(f"{name} {value:.4f}" for name, value in scores.items()))
        self.state.history.append({"step": self.state.step, **scores})
        self.state.waited += 1
        if scores["mean"] > self.state.best:
            self.state.best, self.state.waited = scores["mean"], 0
            matrices = {n: v.detach().cpu().numpy() for n, v in self._matrices().items()}
            about = {"recipe": asdict(self.recipe), "scores": scores, "step": self.state.step}
            save_adapter(self.folder / "best", matrices, about)

    def _keep(self) -> None:
        """Write a checkpoint, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / "checkpoint.new"
        kept = {
            "weights": {name: value.detach() for name, value in self.trunk.trained().items()},
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "chance": _chance(),
            "state": asdict(self.state),
            "recipe": asdict(self.recipe),
        }
        torch.save(kept, fresh)
        fresh.replace(self.folder / "checkpoint.pt")

    def resume(self) -> None:
        """Take up a checkpoint where there is one.

        Raises
        ------
        OtherRecipeError
            If it was written by a run of another recipe.
        """
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        kept: dict[str, Any] = torch.load(path, weights_only=True)
        self._compare(path, kept["recipe"])
        for name, value in self.trunk.trained().items():
            value.data.copy_(kept["weights"][name])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.schedule.load_state_dict(kept["schedule"])
        self.state = _State(**kept["state"])
        _set_chance(kept["chance"])
        self.report(f"taken up at step {self.state.step}")

    def _compare(self, path: Path, before: Mapping[str, object]) -> None:
        now = asdict(self.recipe)
        unlike = [name for name in now if now[name] != before.get(name)]
        if unlike:
            told = ", ".join(f"{name} {before.get(name)}, not {now[name]}" for name in unlike)
            raise OtherRecipeError(
                f"{path} is of another recipe ({told}): give the options of then to go on with "
                "it, name another folder, or remove it to begin anew"
            )


def _chance() -> list[torch.Tensor]:
    return [torch.get_rng_state(), *torch.cuda.get_rng_state_all()]


def _set_chance(states: list[torch.Tensor]) -> None:
    torch.set_rng_state(states[0])
    for place, state in enumerate(states[1:]):
        torch.cuda.set_rng_state(state, place)
