"""Measurements that anyone can repeat: recall on conversations, speed at size, and peers in the same run."""
