"""Configuration: files and variables become one validated whole that knows its origins."""
