"""The methods of both clients are those of the specification, 6.2 and 6.3."""

import ast
import inspect
from operator import attrgetter

import pytest

import jackfield_lumnis as lumnisai
from jackfield_httpx.service import OMIT

FLAT = """
invoke(messages=None, *, task=None, prompt=None, stream=False, show_progress=False, user_id=None, scope=None, thread_id=None, idempotency_key=None, poll_interval=2.0, wait_timeout=10, max_wait=None, agent_config=None, **options)
invoke_stream(messages=None, *, task=None, prompt=None, user_id=None, scope=None, thread_id=None, idempotency_key=None, poll_interval=2.0, wait_timeout=10, **options)
get_response(response_id, *, wait=None)
cancel_response(response_id)
list_responses(*, user_id=None, status=None, start_date=None, end_date=None, limit=50, offset=0)
list_threads(*, user_id=None, limit=50, offset=0)
get_thread(thread_id)
create_thread(*, user_id=None, title=None)
delete_thread(thread_id)
create_user(*, email, first_name=None, last_name=None)
get_user(user_identifier)
update_user(user_identifier, *, first_name=None, last_name=None)
delete_user(user_identifier)
list_users(*, page=1, page_size=20)
add_api_key(provider, api_key)
list_api_keys()
get_api_key(key_id)
delete_api_key(provider)
get_api_key_mode()
set_api_key_mode(mode)
list_apps(*, include_available=False)
is_app_enabled(app_name)
set_app_enabled(app_name, *, enabled)
initiate_connection(*, user_id, app_name, integration_id=None, redirect_url=None)
get_connection_status(user_id, app_name)
wait_for_connection(user_id, app_name, *, timeout=300.0, poll_interval=5.0, target_status="active")
list_connections(user_id, *, app_filter=None)
get_integration_tools(user_id, *, app_filter=None)
get_model_preferences(*, include_defaults=True)
update_model_preferences(preferences)
create_mcp_server(*, name, transport, scope, description=None, user_identifier=None, command=None, args=None, url=None, env=None, headers=None)
get_mcp_server(server_id)
list_mcp_servers(*, scope=None, user_identifier=None, is_active=None, skip=0, limit=100)
update_mcp_server(server_id, *, name=None, description=None, url=None, env=None, headers=None, is_active=None)
delete_mcp_server(server_id)
list_mcp_server_tools(server_id)
test_mcp_server(server_id)
upload_file(*, file_path=None, file_content=None, file_name=None, scope="tenant", user_id=None, tags=None, duplicate_handling="suffix")
download_file(file_id, *, user_id=None, save_path=None)
delete_file(file_id, *, user_id=None, hard_delete=True)
search_files(query, *, user_id=None, limit=10, min_score=0.0, file_types=None, tags=None)
list_files(*, user_id=None, scope=None, file_type=None, status=None, tags=None, page=1, limit=20)
get_file(file_id, *, user_id=None)
get_file_content(file_id, *, user_id=None, content_type=None, start_line=None, end_line=None)
get_file_status(file_id, *, user_id=None)
create_skill(*, name, description, content, category=None, version="1.0.0", user_id=None)
list_skills(*, category=None, is_active=True, page=1, page_size=50)
get_skill(skill_id)
update_skill(skill_id, *, name=None, description=None, content=None, category=None, version=None, is_active=None)
delete_skill(skill_id)
responses.create(*, messages, user_id=None, thread_id=None, files=None, idempotency_key=None, options=None, scope=None)
responses.get(response_id, *, wait=None)
responses.cancel(response_id)
responses.list_artifacts(response_id, *, limit=50, offset=0)
responses.list(*, user_id=None, status=None, start_date=None, end_date=None, limit=50, offset=0)
responses.create_feedback(response_id, *, feedback_text, feedback_type="suggestion", user_id=None, progress_id=None, tool_call_id=None, tool_args_update=None)
responses.list_feedback(response_id, *, progress_id=None)
threads.create(*, user_id=None, title=None)
threads.list(*, user_id=None, limit=50, offset=0)
threads.get(thread_id)
threads.get_responses(thread_id, *, limit=50, offset=0)
threads.update(thread_id, *, title=None)
threads.delete(thread_id)
users.list(*, page=1, page_size=20)
external_api_keys.create(*, provider, api_key, key_name=None, expires_at=None, user_id=None, mode=None)
external_api_keys.store(*, provider, api_key, key_name=None, expires_at=None, user_id=None, mode=None)
external_api_keys.list(*, user_id=None)
external_api_keys.delete(provider_or_key_id, *, key_name=None)
tenant.get()
files.upload_file(*, file_path=None, file_content=None, file_name=None, scope="tenant", user_id=None, tags=None, duplicate_handling="suffix")
files.bulk_upload(*, file_paths=None, file_contents=None, scope="tenant", user_id=None, tags=None)
files.update_scope(file_id, *, scope, user_id=None)
files.bulk_delete(file_ids, *, user_id=None, hard_delete=True)
files.get_processing_status(file_id, *, user_id=None)
integrations.initiate_connection(*, user_id, app_name, integration_id=None, redirect_url=None, auth_mode=None, connection_params=None)
integrations.callback(*, connection_id, code, state, error=None)
integrations.get_tools(*, user_id, app_filter=None)
integrations.get_non_oauth_required_fields(app_name)
integrations.list_apps(*, include_available=True)
mcp_servers.list_tools(server_id)
mcp_servers.test_connection(server_id)
model_preferences.list(*, include_defaults=True)
model_preferences.update_bulk(preferences)
skills.create(*, skill_data, user_id=None)
skills.update(skill_id, *, updates)
"""  # noqa: E501 - as the specification writes it

LINES = FLAT.strip().splitlines()


def parameters_of(line: str) -> dict[str, tuple[bool, object]]:
    """Return by name whether it is keyword-only, and its default."""
    (function,) = ast.parse(
        f"def {line.partition('(')[0].replace('.', '_')}({line.partition('(')[2]}: ..."
    ).body
    assert isinstance(function, ast.FunctionDef)
    given = function.args
    plain = [None] * (len(given.args) - len(given.defaults)) + list(given.defaults)
    pairs = [(arg, default, False) for arg, default in zip(given.args, plain, strict=True)]
    pairs += [
        (arg, default, True)
        for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
    ]
    return {
        arg.arg: (
            is_keyword,
            inspect.Parameter.empty if default is None else ast.literal_eval(default),
        )
        for arg, default, is_keyword in pairs
    }


@pytest.mark.parametrize("line", LINES, ids=[line.partition("(")[0] for line in LINES])
def test_methods_have_the_parameters_of_the_specification(kind, line):
    method = attrgetter(line.partition("(")[0])(kind(api_key="k"))
    found = inspect.signature(method).parameters
    for name, (is_keyword, default) in parameters_of(line).items():
        parameter = found[name]
        assert (parameter.kind is inspect.Parameter.KEYWORD_ONLY) == is_keyword
        # None sets a field to null where a call changes something: there not given is OMIT.
        shown = None if parameter.default is OMIT else parameter.default
        assert shown == default
    assert inspect.getdoc(method)


def test_resources_have_two_names_for_the_keys():
    client = lumnisai.Client(api_key="k")
    assert type(client.api_keys) is type(client.external_api_keys)
    names = {name for name in dir(lumnisai.AsyncClient) if not name.startswith("_")}
    assert {name for name in dir(lumnisai.Client) if not name.startswith("_")} <= names
