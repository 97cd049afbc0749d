"""The terminal: what is asked and what is shown. Commands here, renderables in `render`, no decisions."""
