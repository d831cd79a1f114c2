"""Configuration: files and other layers become checked settings that know where they came from.

Nothing here imports a plugin or knows the plugin index: `jackfield.kernel.kernel` joins the two.
"""
