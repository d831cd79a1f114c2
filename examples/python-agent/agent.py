"""An agent with a tool of its own; prints the answer as it comes."""

import asyncio
import os
import sys

from jackfield import Agent, tool

MODEL = os.environ.get("JACKFIELD_MODEL", "local:smollm2-135m")
QUESTION = "Count the letters of the word jackfield."


@tool
def count_letters(word: str) -> int:
    """Count the letters of a word.

    Args:
        word: The word, without spaces.
    """
    return sum(letter.isalpha() for letter in word)


async def main(question: str) -> None:
    """Ask the question and print the answer."""
    async with Agent(
        model=MODEL,
        tools=[count_letters],
        system_prompt="You are a helpful assistant.",
        max_turns=5,
    ) as agent:
        async for text in agent.stream_text(question):
            print(text, end="", flush=True)
        print()


if __name__ == "__main__":
    asyncio.run(main(" ".join(sys.argv[1:]) or QUESTION))
