//! One question to something that gives credentials.

use crate::alicloud::{
    Problem,
    http::{Http, HttpFailure, HttpRequest, HttpResponse},
};

/// Sends a request; a redirect is no answer.
pub(in crate::alicloud) fn ask(
    http: &dyn Http,
    request: &HttpRequest,
    action: &'static str,
) -> Result<HttpResponse, Problem> {
    let host = request.host.authority();
    match http.send(request) {
        Ok(response) if (300..400).contains(&response.status) => {
            let flaw = format!(
                "leads elsewhere (status {}), where keyform does not follow",
                response.status
            );
            Err(Problem::Answer { host, action, flaw })
        }
        Ok(response) => Ok(response),
        Err(failure) => Err(unanswered(host, request, action, failure)),
    }
}

fn unanswered(
    host: String,
    request: &HttpRequest,
    action: &'static str,
    failure: HttpFailure,
) -> Problem {
    match failure.is_timeout() {
        true => Problem::Slow { host, action, milliseconds: request.timeout.as_millis() },
        false => Problem::Unreachable { host, action, failure },
    }
}
