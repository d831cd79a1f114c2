//! Each form of body. The expectations equal those of the tests of `jackfield_httpx`.

use serde_json::json;

use super::*;

fn told_of(body: &str, status: u16) -> ErrorInfo {
    error_from_response("p", status, &[], body.as_bytes())
}

fn headers(name: &str, value: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), value.to_owned())]
}

#[test]
fn every_form_of_body_gives_its_message() {
    for (body, message) in [
        (r#"{"error":{"message":"no","code":400}}"#, "p 400: no"),
        (r#"{"error":"no"}"#, "p 400: no"),
        (r#"{"message":"no"}"#, "p 400: no"),
        (
            r#"{"detail":[{"loc":["body",1],"msg":"no"},{"msg":"never"}]}"#,
            "p 400: body.1: no; never",
        ),
        (r#"[{"error":{"message":"no"}}]"#, "p 400: no"),
        (r#""no""#, "p 400: no"),
        (
            r#"{"error":{"message":{"a":[1,true]}}}"#,
            r#"p 400: {"a": [1, true]}"#,
        ),
        ("", "p 400: Bad Request"),
        ("{}", "p 400: Bad Request"),
        ("no\n  way", "p 400: no way"),
        ("<html><title>A &amp; B</title>x</html>", "p 400: A & B"),
        ("<html><style>x</style><p>no&#33;</p></html>", "p 400: no!"),
    ] {
        assert_eq!(told_of(body, 400).message, message, "{body}");
    }
}

#[test]
fn the_upstream_and_the_remedy_are_told() {
    let raw = r#"{\"error\":{\"message\":\"too hot\"}}"#;
    let body = format!(
        r#"{{"error":{{"message":"failed.","code":502,"metadata":{{"provider_name":"Up","raw":"{raw}","remedy_hint":"Wait."}}}}}}"#
    );
    let error = told_of(&body, 502);
    assert_eq!(error.message, "p 502: failed. (Up: too hot). Wait.");
    assert_eq!(error.details["provider_name"], "Up");
    assert_eq!(error.details["code"], 502);
    let body = r#"{"error":{"message":"gone","availability":{"fallback_models":["a","b"]}}}"#;
    assert_eq!(
        told_of(body, 404).message,
        "p 404: gone. Other models: a, b."
    );
}

#[test]
fn words_go_before_texts_and_texts_before_the_status() {
    let kind = |body: &str, status| told_of(body, status).kind;
    assert_eq!(
        kind(r#"{"error":{"type":"insufficient_quota"}}"#, 429),
        "payment"
    );
    assert_eq!(
        kind(r#"{"error":{"message":"Prompt is too long"}}"#, 400),
        "context_overflow"
    );
    assert_eq!(
        kind(r#"{"error":{"message":"too many tokens"}}"#, 429),
        "rate_limit"
    );
    assert_eq!(kind("", 418), "invalid_request");
    assert_eq!(kind("", 529), "overloaded");
    assert_eq!(kind("", 599), "server");
}

#[test]
fn an_object_has_the_status_of_its_code() {
    let error = error_from_object("p", &json!({"message": "x", "code": "429"}), None, &[]);
    assert_eq!(
        (error.status, error.kind.as_str()),
        (Some(429), "rate_limit")
    );
    let error = error_from_object("p", &json!("boom"), None, &[]);
    assert_eq!(error.message, "p: boom");
    assert!(error.retryable);
    let error = error_from_object("", &json!({}), None, &[]);
    assert_eq!(error.message, "the provider gave no reason");
}

#[test]
fn the_service_decides_whether_to_try_again() {
    let body = r#"{"error":{"availability":{"retryable":true,"retry_after":3}}}"#;
    let error = told_of(body, 404);
    assert_eq!((error.retryable, error.retry_after), (true, Some(3.0)));
    assert!(!told_of("", 404).retryable);
    assert!(told_of("", 503).retryable);
    assert!(!told_of(r#"{"error":{"code":"insufficient_quota"}}"#, 429).retryable);
}

#[test]
fn waits_are_read_wherever_they_stand() {
    let wait = |headers: &[(String, String)], body: serde_json::Value| {
        retry_after_s(headers, body.as_object().unwrap(), 1_000_000_000.0)
    };
    let nothing = json!({});
    assert_eq!(
        wait(&headers("retry-after", " 7 "), nothing.clone()),
        Some(7.0)
    );
    assert_eq!(
        wait(&headers("retry-after", "-7"), nothing.clone()),
        Some(0.0)
    );
    let date = headers("retry-after", "Sun, 09 Sep 2001 01:46:50 GMT");
    assert_eq!(wait(&date, nothing.clone()), Some(10.0));
    assert_eq!(
        wait(&headers("x-ratelimit-reset", "1000000005"), nothing.clone()),
        Some(5.0)
    );
    assert_eq!(
        wait(
            &headers("x-ratelimit-reset", "1000000005000"),
            nothing.clone()
        ),
        Some(5.0)
    );
    assert_eq!(
        wait(&headers("x-ratelimit-reset", "12"), nothing.clone()),
        Some(12.0)
    );
    assert_eq!(wait(&headers("retry-after", "nan"), nothing), None);
    let inner = json!({"metadata": {"headers": {"Retry-After": 9}}});
    assert_eq!(wait(&[], inner), Some(9.0));
}

#[test]
fn the_request_id_is_that_of_the_headers_or_of_the_body() {
    let body = br#"{"error":{"message":"x"},"request_id":"b"}"#;
    let error = error_from_response("p", 500, &headers("x-generation-id", "g"), body);
    assert_eq!(error.request_id.as_deref(), Some("g"));
    let error = error_from_response("p", 500, &[], body);
    assert_eq!(error.request_id.as_deref(), Some("b"));
}
