"""What flows where: one forward pass over each entry point, from a Project to its Facts."""
