"""What we tell them: what a notice must contain, its words in each language, and statements of reasons."""
