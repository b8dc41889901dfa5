"""The network's months side by side: pictures, targets, notes, flows (広域の指標)."""
