"""The fork engine. It arrives with the next step; see docs/architecture.md."""
