"""Clients of HTTP services, written once: sans I/O, with a blocking and an async driver.

See docs/how-to/write-a-service-client.md. An endpoint is a method that returns a `Call`; a flow of
several calls is a generator; `SyncServiceClient` and `AsyncServiceClient` drive both.
"""

from jackfield_httpx.service.abort import Abort as Abort
from jackfield_httpx.service.address import path_of as path_of
from jackfield_httpx.service.address import query_of as query_of
from jackfield_httpx.service.auth import HostedAuth as HostedAuth
from jackfield_httpx.service.auth import KeyAuth as KeyAuth
from jackfield_httpx.service.auth import ServiceAuth as ServiceAuth
from jackfield_httpx.service.auth import TokenAuth as TokenAuth
from jackfield_httpx.service.body import Body as Body
from jackfield_httpx.service.call import AUTO as AUTO
from jackfield_httpx.service.call import Call as Call
from jackfield_httpx.service.call import CallOptions as CallOptions
from jackfield_httpx.service.client import AsyncServiceClient as AsyncServiceClient
from jackfield_httpx.service.client import SyncServiceClient as SyncServiceClient
from jackfield_httpx.service.flows import collected as collected
from jackfield_httpx.service.flows import expanded as expanded
from jackfield_httpx.service.flows import last_of as last_of
from jackfield_httpx.service.flows import mapped as mapped
from jackfield_httpx.service.iterators import AsyncItems as AsyncItems
from jackfield_httpx.service.iterators import SyncItems as SyncItems
from jackfield_httpx.service.json_values import OMIT as OMIT
from jackfield_httpx.service.json_values import Omit as Omit
from jackfield_httpx.service.json_values import fields as fields
from jackfield_httpx.service.paging import by_cursor as by_cursor
from jackfield_httpx.service.paging import by_offset as by_offset
from jackfield_httpx.service.paging import by_page as by_page
from jackfield_httpx.service.paging import paged as paged
from jackfield_httpx.service.polling import Pace as Pace
from jackfield_httpx.service.polling import poll as poll
from jackfield_httpx.service.polling import snapshots as snapshots
from jackfield_httpx.service.reply import Failure as Failure
from jackfield_httpx.service.reply import Reply as Reply
from jackfield_httpx.service.resource import Async as Async
from jackfield_httpx.service.resource import D as D
from jackfield_httpx.service.resource import Resource as Resource
from jackfield_httpx.service.resource import Sync as Sync
from jackfield_httpx.service.resource import endpoint as endpoint
from jackfield_httpx.service.resource import items as items
from jackfield_httpx.service.service import HeaderSource as HeaderSource
from jackfield_httpx.service.service import Service as Service
from jackfield_httpx.service.steps import Flow as Flow
from jackfield_httpx.service.steps import Item as Item
from jackfield_httpx.service.steps import ItemFlow as ItemFlow
from jackfield_httpx.service.steps import ItemPlan as ItemPlan
from jackfield_httpx.service.steps import Pause as Pause
from jackfield_httpx.service.steps import Plan as Plan
from jackfield_httpx.service.steps import Ready as Ready
from jackfield_httpx.service.steps import Work as Work
from jackfield_httpx.service.streaming import JsonLines as JsonLines
from jackfield_httpx.service.streaming import StreamDecoder as StreamDecoder
from jackfield_httpx.service.streaming import chunks as chunks
from jackfield_httpx.service.streaming import decoded as decoded
from jackfield_httpx.service.streaming import decoded_body as decoded_body
from jackfield_httpx.service.streaming import json_lines as json_lines
from jackfield_httpx.service.streaming import save as save
from jackfield_httpx.service.streaming import sse_events as sse_events
from jackfield_httpx.service.upload import FileBody as FileBody
from jackfield_httpx.service.upload import FilePart as FilePart
from jackfield_httpx.service.upload import MultipartForm as MultipartForm
from jackfield_httpx.service.upload import Upload as Upload
