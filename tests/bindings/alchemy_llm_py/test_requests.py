"""What is sent for the three dicts. Source: spec/openrouter.md, 2 to 8; spec/alchemy.md, 5.4."""

import alchemy_llm_py
import pytest

from jackfield.testing import sse, sse_reply

IMAGE = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
def sent(server, model):
    """Give a function that makes a request and returns what the server got."""

    def ask(context, options=None, **changes):
        server.default = sse_reply(sse.chat_stream("ok"))
        alchemy_llm_py.collect_openai_completions(model | changes, context, options)
        return server.requests[-1]

    return ask


def user(*parts):
    return {"role": "user", "content": list(parts)}


def text(value, **more):
    return {"type": "text", "text": value, **more}


def call(number=1, arguments=None):
    return {"type": "tool_call", "id": f"c{number}", "name": "f", "arguments": arguments or {}}


def result(number=1, **more):
    return {
        "role": "tool_result",
        "tool_call_id": f"c{number}",
        "tool_name": "f",
        "content": [text("done")],
        **more,
    }


def test_image_breakpoint_extra_body_and_tool_choice_arrive(sent):
    ephemeral = {"type": "ephemeral"}
    context = {
        "system_prompt": [text("Be brief.", cache_control=ephemeral)],
        "messages": [user(text("What is it?"), {"type": "image", "url": IMAGE})],
        "tools": [{"name": "f", "description": "", "parameters": {}}],
    }
    options = {"extra_body": {"provider": {"order": ["x"]}}, "tool_choice": "f"}
    body = sent(context, options).json()
    system, question = body["messages"]
    assert system["content"] == [text("Be brief.", cache_control=ephemeral)]
    assert question["content"] == [
        text("What is it?"),
        {"type": "image_url", "image_url": {"url": IMAGE}},
    ]
    assert body["provider"] == {"order": ["x"]}
    assert body["tool_choice"] == {"type": "function", "function": {"name": "f"}}
    parameters = body["tools"][0]["function"]["parameters"]
    assert parameters == {"type": "object", "properties": {}}


def test_odd_histories_are_sent_without_what_is_odd(sent):
    failed = {"role": "assistant", "content": [text("half")], "stop_reason": "error"}
    said = {"role": "assistant", "content": [call(), None], "usage": {"input": 1}}
    context = {
        "messages": [
            user(text("lone \ud800 surrogate")),
            failed,
            said,
            result(details={"handle": object()}),
        ]
    }
    request = sent(context)
    roles = [message["role"] for message in request.json()["messages"]]
    assert roles == ["user", "assistant", "tool"]
    assert request.json()["messages"][0]["content"] == "lone  surrogate"
    for absent in (b"details", b"half", b"input", b"\\ud800"):
        assert absent not in request.body


def test_calls_without_a_result_get_one_and_stray_results_are_dropped(sent):
    said = {"role": "assistant", "content": [call(1), call(2)]}
    context = {"messages": [said, result(1), result(7), user(text("go on"))]}
    messages = sent(context).json()["messages"]
    assert [message.get("tool_call_id") for message in messages] == [None, "c1", "c2", None]
    assert messages[2]["content"] == "No result provided"


def test_thinking_goes_back_to_its_own_model_only(sent):
    thought = {"type": "thinking", "thinking": "hm", "thinking_signature": "reasoning_content"}
    content = [thought, text("a"), text("b")]
    own = {"role": "assistant", "content": content, "model": "m", "provider": "custom"}
    other = {"role": "assistant", "content": content, "model": "other", "provider": "custom"}
    messages = sent({"messages": [own, other]}).json()["messages"]
    assert messages[0] == {"role": "assistant", "content": "ab", "reasoning_content": "hm"}
    assert messages[1] == {"role": "assistant", "content": "hmab"}


def test_arguments_stay_exact_and_unreadable_ones_become_an_empty_object(sent):
    big = 123456789012345678901234567890
    broken = call(2) | {"partial_json": '{"a": 1'}
    said = {"role": "assistant", "content": [call(1, {"z": big, "a": "é"}), broken]}
    [message, *_] = sent({"messages": [said, result(1), result(2)]}).json()["messages"]
    arguments = [each["function"]["arguments"] for each in message["tool_calls"]]
    assert arguments == [f'{{"z":{big},"a":"é"}}', "{}"]
    assert message["content"] is None


def test_images_of_tools_follow_the_last_result_of_a_batch(sent):
    said = {"role": "assistant", "content": [call(1), call(2)]}
    seen = result(1, content=[{"type": "image", "data_base64": "QUJD", "mime_type": "image/png"}])
    messages = sent({"messages": [said, seen, result(2)]}).json()["messages"]
    assert [message["role"] for message in messages] == ["assistant", "tool", "tool", "user"]
    assert messages[1]["content"] == "(no output)"
    assert messages[3]["content"] == [
        text("Image from tool f:"),
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
    ]


def test_images_for_a_model_without_eyes_become_a_text(sent):
    context = {"messages": [user({"type": "image", "url": IMAGE, "mime_type": "image/png"})]}
    [message] = sent(context, input=["text"]).json()["messages"]
    assert message["content"] == [text("[image omitted: image/png]")]


def test_breakpoint_in_a_message_marks_the_system_prompt_too(sent):
    ephemeral = {"type": "ephemeral"}
    context = {"system_prompt": "s", "messages": [user(text("u", cache_control=ephemeral))]}
    messages = sent(context).json()["messages"]
    assert [message["content"][0]["cache_control"] for message in messages] == [ephemeral] * 2


def test_options_are_sent_by_the_names_of_the_api(sent, context):
    options = {"temperature": 0.0, "max_tokens": 7, "reasoning_effort": "high"}
    body = sent(context, options | {"extra_body": {"seed": 1}}).json()
    wanted = {"temperature": 0.0, "max_tokens": 7, "reasoning_effort": "high", "seed": 1}
    assert {name: body[name] for name in wanted} == wanted
    assert body["stream_options"] == {"include_usage": True}
    assert "store" not in body


def test_compat_says_what_an_endpoint_wants(sent):
    compat = {
        "max_tokens_field": "max_completion_tokens",
        "requires_mistral_tool_ids": True,
        "requires_tool_result_name": True,
        "supports_developer_role": True,
        "supports_store": True,
        "supports_usage_in_streaming": False,
        "thinking_format": "zai",
    }
    said = {"role": "assistant", "content": [call()]}
    context = {"system_prompt": "s", "messages": [said, result()]}
    request = sent(context, {"max_tokens": 7}, compat=compat, reasoning="low")
    body = request.json()
    system, asked, answered = body["messages"]
    assert system["role"] == "developer"
    assert asked["tool_calls"][0]["id"] == answered["tool_call_id"]
    assert len(answered["tool_call_id"]) == 9
    assert answered["name"] == "f"
    assert (body["store"], body["max_completion_tokens"]) == (False, 7)
    assert body["thinking"] == {"type": "enabled"}
    assert "stream_options" not in body


def test_equal_dicts_give_equal_bytes(sent):
    context = {"system_prompt": "s", "messages": [user(text("u"))], "tools": [{"name": "f"}]}
    assert sent(context).body == sent(context).body


def test_key_of_the_environment_is_not_sent_to_another_host(sent, context, monkeypatch):
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-environment")
    request = sent(context, provider="openrouter")
    assert "authorization" not in request.headers
    assert "sk-or-environment" not in str(request.headers)


def test_given_key_is_sent_and_a_blank_one_is_none(sent, context):
    assert sent(context, {"api_key": " sk-given "}).headers["authorization"] == "Bearer sk-given"
    assert "authorization" not in sent(context, {"api_key": "  "}).headers


def test_headers_of_the_options_win_over_those_of_the_model(sent, context):
    headers = {"X-One": "model", "X-Two": "model"}
    request = sent(context, {"headers": {"x-one": "options", "x-three": None}}, headers=headers)
    assert (request.headers["x-one"], request.headers["x-two"]) == ("options", "model")
    assert "x-three" not in request.headers


def test_no_key_for_a_public_host_is_an_error_of_the_call(context, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    model = {"id": "m", "provider": "openai", "base_url": "https://api.openai.com/v1"}
    with pytest.raises(RuntimeError, match=r"^alchemy-llm failed: No API key provided for "):
        alchemy_llm_py.openai_completions_stream(model, context)


def test_key_never_stands_in_a_complaint(context):
    model = {"id": "m", "base_url": "https://user:sk-secret@example.com/v1"}
    with pytest.raises(ValueError, match="credentials") as caught:
        alchemy_llm_py.openai_completions_stream(model, context)
    assert "sk-secret" not in str(caught.value)
    with pytest.raises(ValueError, match=r"headers\[0\]") as caught:
        alchemy_llm_py.open_stream("http://127.0.0.1:1", [("authorization", "sk-\nsecret")], b"{}")
    assert "secret" not in str(caught.value)
