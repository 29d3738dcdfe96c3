"""What this machine computes on, and in which types; opens no file."""

from __future__ import annotations

from kdaudit.errors import RecipeError


def uses_cuda(device: str) -> bool:
    """Whether `device` (`cpu`, `cuda`, or `auto`: a GPU where there is one) means a GPU."""
    import ctranslate2

    return device == "cuda" or (device == "auto" and ctranslate2.get_cuda_device_count() > 0)


def check_compute_type(chosen: str, device: str, place: str = "inference.compute_type") -> None:
    """RecipeError where a device does not compute in a type."""
    import ctranslate2

    types = sorted(ctranslate2.get_supported_compute_types(device))
    if chosen not in types:
        raise RecipeError(
            f"this {device.upper()} has no '{chosen}' (it has: {', '.join(types)})", place=place
        )
