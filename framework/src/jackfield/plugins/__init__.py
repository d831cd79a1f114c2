"""Sockets: what is installed, how it is loaded, and the hooks that join it to the kernel."""
