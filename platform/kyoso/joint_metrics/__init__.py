"""What the network achieves together: towns publish months, it reads only that (広域の指標)."""
