"""Measure theme discovery: ``python -m eval.themes quality|oos|repeats|refits|growth|saved``.

Peers get the same vectors in the same run; what they answered is kept in ``var/themes``.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from sklearn.metrics import adjusted_rand_score

from domain.theme import Change
from eval.themes_measures import Codes, agreement, purity
from eval.themes_peers import bertopic, kmeans, remembered
from eval.themes_sets import OOS, LabelledTexts, targets, with_oos
from themes.assign import Assignment, State
from themes.compare import earlier, succeed
from themes.discover import Discovery, discover
from themes.model import ThemeModel

console = Console(width=140, highlight=False)
_SHARE = 0.8
_OFTEN = 500


_ONLY: list[str] = []


def _chosen() -> list[LabelledTexts]:
    """Give the sets of the table, or those that were asked for by name."""
    return [data for data in targets() if not _ONLY or data.name in _ONLY]


def fitted(data: LabelledTexts, seed: int = 0, before: ThemeModel | None = None) -> ThemeModel:
    """Discover with what ships; with a model before, as a refit in the product does."""
    vote = None if before is None else earlier(before, data.vectors)
    return discover(data.texts.tolist(), data.vectors, "eval", Discovery(seed=seed), vote)


def _codes(found: Assignment, *states: State) -> Codes:
    """Give the themes of texts in one of the states, -1 for others."""
    kept = np.isin([str(state) for state in found.states], [str(state) for state in states])
    return np.where(kept, found.themes, -1)


def _shares(found: Assignment) -> str:
    counts = {state: found.states.count(state) / len(found.themes) for state in State}
    return " ".join(f"{state} {100 * share:.1f} %" for state, share in counts.items())


def quality() -> None:
    """Agreement with hidden labels, themes left open, identical texts."""
    for data in _chosen():
        model = fitted(data)
        found = model.assigner.assign(data.vectors)
        every = _codes(found, State.ASSIGNED, State.NEAR)
        _line(data, "Throughline", every)
        strict = _codes(found, State.ASSIGNED)
        console.print(f"    {_shares(found)}; purity of assigned {purity(data.labels, strict):.3f}")
        _unlike(data, "Throughline", every)
        for name, codes in (remembered(data, bertopic) | remembered(data, kmeans)).items():
            _line(data, name, codes)
            _unlike(data, name, codes)


def _line(data: LabelledTexts, name: str, codes: Codes) -> None:
    values = agreement(data.labels, codes)
    console.print(
        f"{data.name:16s} {name:26s} k {values['k']:3d}  ACC {values['acc']:.3f}  "
        f"NMI {values['nmi']:.3f}  ARI {values['ari']:.3f}  none {100 * np.mean(codes < 0):.1f} %"
        f"  purity {purity(data.labels, codes):.3f}"
    )


def _unlike(data: LabelledTexts, name: str, codes: Codes) -> None:
    """Count texts that stand several times, in two themes."""
    groups: dict[str, set[int]] = {}
    for text, code in zip(data.texts.tolist(), codes.tolist(), strict=True):
        groups.setdefault(text, set()).add(code)
    unlike = sum(len(found) > 1 for found in groups.values())
    console.print(f"    {name}: identical texts with unlike themes {unlike}")


def oos() -> None:
    """CLINC150 with 1,000 texts out of scope among 5,500."""
    data = with_oos()
    inside = data.labels != OOS
    model = fitted(data)
    found = model.assigner.assign(data.vectors)
    states = np.array([str(state) for state in found.states])
    for state in State:
        console.print(
            f"Throughline {state}: in scope {100 * np.mean(states[inside] == state):.1f} %, "
            f"out of scope {100 * np.mean(states[~inside] == state):.1f} %"
        )
    console.print(f"themes {len(model.themes)}")
    for name, codes in remembered(data, bertopic).items():
        console.print(
            f"{name}: none in scope {100 * np.mean(codes[inside] < 0):.1f} %, "
            f"out of scope {100 * np.mean(codes[~inside] < 0):.1f} %"
        )


def repeats() -> None:
    """Texts that stand several times word for word, as in a support inbox."""
    data = targets()[1]
    random = np.random.default_rng(20261128)
    often = random.choice(len(data.texts), _OFTEN, replace=False)
    rows = random.permutation(np.concatenate([np.arange(len(data.texts)), *[often] * 3]))
    data = data.part(rows, f"{data.name}, {_OFTEN} of them four times")
    model = fitted(data)
    every = _codes(model.assigner.assign(data.vectors), State.ASSIGNED, State.NEAR)
    for name, codes in ({"Throughline": every} | remembered(data, bertopic)).items():
        _line(data, name, codes)
        _unlike(data, name, codes)


def refits(*, only_ours: bool = False) -> None:
    """ARI of two fits on 80 % resamples, each assigning all texts; and BERTopic's.

    Once with fits that know nothing of each other, once with refits after a first fit.
    """
    for data in _chosen():
        random = np.random.default_rng(20261123)
        parts = [np.flatnonzero(random.random(len(data.texts)) < _SHARE) for _ in range(3)]
        models = [fitted(data.part(rows)) for rows in parts]
        ours = [_codes(m.assigner.assign(data.vectors), State.ASSIGNED, State.NEAR) for m in models]
        pairs = [(a, b) for a in range(3) for b in range(a)]
        every = [adjusted_rand_score(ours[a], ours[b]) for a, b in pairs]
        both = [(a, b, np.intersect1d(parts[a], parts[b])) for a, b in pairs]
        shared = [adjusted_rand_score(ours[a][rows], ours[b][rows]) for a, b, rows in both]
        for name, values in (("all texts", every), ("shared texts", shared)):
            console.print(
                f"{data.name} Throughline, {name}: ARI mean {np.mean(values):.3f} "
                f"least {min(values):.3f} themes {[len(m.themes) for m in models]}"
            )
        chain = [models[0]]
        chain += [fitted(data.part(rows), before=models[0]) for rows in parts[1:]]
        after = [_codes(m.assigner.assign(data.vectors), State.ASSIGNED, State.NEAR) for m in chain]
        follow = [adjusted_rand_score(after[0], codes) for codes in after[1:]]
        console.print(
            f"{data.name} Throughline, refit after the first: ARI mean {np.mean(follow):.3f} "
            f"least {min(follow):.3f} themes {[len(m.themes) for m in chain]}"
        )
        if only_ours:
            continue
        theirs = [
            remembered(data.part(rows, f"{data.name}-resample{number}"), bertopic)["BERTopic"]
            for number, rows in enumerate(parts[:2])
        ]
        _, one, two = np.intersect1d(parts[0], parts[1], return_indices=True)
        console.print(
            f"{data.name} BERTopic on shared texts "
            f"{adjusted_rand_score(theirs[0][one], theirs[1][two]):.3f}; Throughline on the same "
            f"{adjusted_rand_score(ours[0][parts[0][one]], ours[1][parts[0][one]]):.3f}"
        )


def growth(*, only_ours: bool = False) -> None:
    """Share of themes that keep their id when 10 % new data comes.

    Beside it what a fit that knows nothing of the one before would keep, unless left out.
    """
    for data in _chosen():
        kept, alone, total = 0, 0, 0
        agreed = []
        for seed in range(3):
            order = np.random.default_rng(seed).permutation(len(data.texts))
            before = data.part(order[: int(len(order) / 1.1)])
            old = fitted(before)
            new = fitted(data, before=old)
            _, lineage = succeed(old, new, before.vectors)
            if not only_ours:
                fresh = fitted(data)
                _, apart = succeed(old, fresh, before.vectors)
                alone += len({theme.id for theme in old.themes} & set(apart.ids))
                agreed.append([_ari(data, model) for model in (new, fresh)])
            kept += len({theme.id for theme in old.themes} & set(lineage.ids))
            total += len(old.themes)
            changes = [step.change for step in lineage.steps]
            told = {str(change): changes.count(change) for change in Change}
            console.print(f"{data.name} draw {seed}: {told}")
        console.print(f"{data.name} ids kept {100 * kept / total:.1f} % of {total}")
        if only_ours:
            continue
        console.print(
            f"{data.name} by a fit that knows nothing of it {100 * alone / total:.1f} %; "
            f"ARI with the labels {np.mean(agreed, axis=0).round(3)}"
        )


def _ari(data: LabelledTexts, model: ThemeModel) -> float:
    return float(adjusted_rand_score(data.labels, model.assigner.assign(data.vectors).themes))


def saved() -> None:
    """A saved and loaded model, and a fit in another process, against the fit itself."""
    for data in _chosen():
        model = fitted(data)
        first = model.assigner.assign(data.vectors)
        with TemporaryDirectory() as folder:
            model.save(Path(folder))
            again = ThemeModel.load(Path(folder), "eval")
        second = again.assigner.assign(data.vectors)
        unlike = np.sum((first.themes != second.themes) | (first.scores != second.scores))
        alone = np.concatenate(
            [model.assigner.assign(data.vectors[row : row + 1]).themes for row in range(500)]
        )
        console.print(
            f"{data.name}: saved against fit {unlike} differ; alone against batch "
            f"{np.sum(alone != first.themes[:500])} of 500; kept {again.themes == model.themes}"
        )


COMMANDS: dict[str, Callable[[], None]] = {
    "quality": quality,
    "oos": oos,
    "repeats": repeats,
    "refits": refits,
    "growth": growth,
    "saved": saved,
}


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measure", choices=[*COMMANDS])
    parser.add_argument("--only", nargs="*", default=[], help="names of sets")
    parser.add_argument("--ours", action="store_true", help="refits, growth: nothing beside it")
    chosen = parser.parse_args()
    _ONLY.extend(chosen.only)
    if chosen.measure in ("refits", "growth"):
        (refits if chosen.measure == "refits" else growth)(only_ours=chosen.ours)
    else:
        COMMANDS[chosen.measure]()


if __name__ == "__main__":
    main()
