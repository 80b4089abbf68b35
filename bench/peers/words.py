WORDS = ["good", "morning"]
