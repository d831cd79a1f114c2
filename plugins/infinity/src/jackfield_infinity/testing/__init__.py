"""An Infinity service in the test's own process: `InfinityServer`, and what it says and sends."""

from jackfield_infinity.testing.answers import Turn as Turn
from jackfield_infinity.testing.asked import error_reply as error_reply
from jackfield_infinity.testing.deliveries import Delivery as Delivery
from jackfield_infinity.testing.deliveries import delivery as delivery
from jackfield_infinity.testing.server import InfinityServer as InfinityServer

__all__ = ["Delivery", "InfinityServer", "Turn", "delivery", "error_reply"]
