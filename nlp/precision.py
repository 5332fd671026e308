"""The number format that the encoder computes in."""

from collections.abc import Collection
from typing import Literal

import openvino

INT8 = "-int8"
"""Ends the version of an encoder's own space whose vectors are computed in int8."""
Precision = Literal["int8", "bf16", "f32"]
Wanted = Literal["auto", "int8", "bf16", "f32"]


def chosen(wanted: Wanted) -> Precision:
    """Give the format to compute in.

    Parameters
    ----------
    wanted : {"auto", "int8", "bf16", "f32"}
        ``auto`` takes bfloat16 where the processor has it, single precision otherwise. int8 is
        faster still and has to be asked for: the shipped heads were fitted on the others, and
        its loss is measured on samples only (docs/decisions/0025).
    """
    return plain() if wanted == "auto" else wanted


def plain() -> Precision:
    """Give the faster of the formats that every model has."""
    known = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return "bf16" if "BF16" in known else "f32"


def trunk_of(space: str) -> str:
    """Give an embedding space's version without what the precision adds to it."""
    return space.replace(INT8, "")


def twin_of(space: str, among: Collection[str]) -> str:
    """Give the space that differs from one by the precision at most; itself where there is none."""
    return next((other for other in among if trunk_of(other) == trunk_of(space)), space)
