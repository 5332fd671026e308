"""Classifiers made ready to serve: found on this machine, converted once for their weights."""

import hashlib
import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from domain.head_config import HeadConfig
from nlp.external.labels import Labels, mapped
from nlp.models import ModelError, Report, locate
from nlp.version import short_hash

FORMAT = 1
"""Of the built folder; a new number makes every classifier be built again."""
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class BuiltHead:
    """A classifier that is ready to serve.

    Attributes
    ----------
    folder : Path
        Holds ``model.xml``, ``model.bin``, ``tokenizer.json`` and the manifest.
    model : str
        As configured: id or path.
    sha256 : str
        Of its weights.
    labels : tuple of str
        The model's own, in order of its outputs.
    link : str
        ``softmax`` or ``sigmoid``.
    max_tokens : int
        Longest window, special tokens included.
    pad : int
        Id of the token that fills up a batch.
    """

    folder: Path
    model: str
    sha256: str
    labels: tuple[str, ...]
    link: str
    max_tokens: int
    pad: int


def build(
    model_dir: Path, name: str, config: HeadConfig, report: Report = lambda _: None
) -> BuiltHead:
    """Convert a classifier for serving, once for each hash of its weights.

    Parameters
    ----------
    model_dir : Path
        Where built models lie; made when missing.
    name : str
        Of the head, as configured.
    config : HeadConfig
        Which model it is.
    report : callable
        Is told in a few words what is being done.

    Raises
    ------
    ModelError
        If the weights are not at hand, or its labels do not fit the place of the head.
    """
    source = _located(name, config.model)
    report(f"checking the weights of {name}")
    sha256 = _hash(source)
    folder = model_dir / f"{_slug(config.model)}-{sha256[:12]}.{FORMAT}"
    if not (folder / _MANIFEST).exists():
        report(f"converting {name}")
        _convert(source, folder, config.model, sha256)
    built = _read(folder)
    labels_of(name, config, built)
    return built


def find(model_dir: Path, name: str, config: HeadConfig) -> BuiltHead:
    """Give the built classifier of a head; the latest where there are several.

    Raises
    ------
    ModelError
        If none was built.
    """
    folders = model_dir.glob(f"{_slug(config.model)}-*.{FORMAT}")
    manifests = [folder / _MANIFEST for folder in folders if (folder / _MANIFEST).exists()]
    if not manifests:
        raise ModelError(
            f"the model {config.model!r} of the head {name!r} is not built in {model_dir}: "
            "run `throughline models build`"
        )
    return _read(max(manifests, key=lambda path: path.stat().st_mtime_ns).parent)


def version_of(config: HeadConfig, built: BuiltHead) -> str:
    """Give the last part of the model's name with what changes its answers."""
    about = config.model_dump_json().encode()
    return f"{Path(config.model).name}@{short_hash([built.sha256.encode(), about])}"


def model_of(name: str, version: str) -> str:
    """Give the name of a head as it stands on signals."""
    return f"hf-{name}:{version}"


def labels_of(name: str, config: HeadConfig, built: BuiltHead) -> Labels:
    """Give what the outputs of a built classifier are here.

    Raises
    ------
    ModelError
        If they do not fit the place of the head; says what to write.
    """
    if built.link == "regression":
        raise ModelError(
            f"the model {config.model!r} of the head {name!r} gives a value, not labels: "
            "take a classifier"
        )
    return mapped(name, config, built.labels)


def _located(name: str, model: str) -> Path:
    try:
        return locate(model)
    except ModelError as error:
        raise ModelError(
            f"the model {model!r} of the head {name!r} is not on this machine and nothing is "
            "downloaded at run time: fetch it into the Hugging Face cache first, or name a local "
            "folder in THROUGHLINE_HEADS"
        ) from error


def _hash(source: Path) -> str:
    weights = source / "model.safetensors"
    if not weights.exists():
        raise ModelError(f"{source} has no model.safetensors: only that format is read")
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _convert(source: Path, folder: Path, model: str, sha256: str) -> None:
    """Build beside the target and move it there whole, so that a torn build is never used."""
    from nlp.external.convert import convert  # torch: needed to build only, never to serve

    staging = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        about = {"model": model, "sha256": sha256, **asdict(convert(source, staging))}
        (staging / _MANIFEST).write_text(json.dumps(about, indent=1) + "\n")
        shutil.rmtree(folder, ignore_errors=True)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _read(folder: Path) -> BuiltHead:
    about = json.loads((folder / _MANIFEST).read_text())
    return BuiltHead(folder=folder, **{**about, "labels": tuple(about["labels"])})


def _slug(model: str) -> str:
    # The hash keeps two paths with one last name apart, and a head from an encoder.
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(model).name)
    return f"head-{name}-{hashlib.sha256(model.encode()).hexdigest()[:8]}"
