"""What is printed, as text."""

from rich.console import Console, RenderableType


def shown(renderable: RenderableType, width: int = 160) -> str:
    """Give what a file of that width would hold."""
    console = Console(width=width, markup=False, emoji=False, highlight=False, color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()
