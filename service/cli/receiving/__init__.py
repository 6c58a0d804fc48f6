"""For those who write receivers: following a service from beside their code, and trying that code out."""
