"""From a pasted error to the known error, the item that prevents it, and its findings in the project."""
