"""What the commands about connections share: what they work with, the files they read, what they tell."""
