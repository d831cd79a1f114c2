"""The provider: a history of ours -> a request, events -> an answer. Without I/O."""
