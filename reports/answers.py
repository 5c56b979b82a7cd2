"""What the rules about answers require of the answer to a CreateImage, as patterns."""

from __future__ import annotations

from reports.steps import Answer

_NAMESPACE = r"http://ec2\.amazonaws\.com/doc/2016-11-15"
_SUCCESS, _ERROR = r"^HTTP[^ ]* 2", r"^HTTP[^ ]* [45]"

ANSWERS: dict[str, tuple[Answer, ...]] = {
    "resp.root": (Answer("CreateImageResponse", _ERROR + r"|<CreateImageResponse[ >]"),),
    "resp.xmlns": (Answer("the API's namespace", _ERROR + "|" + _NAMESPACE),),
    "resp.imageId": (
        Answer(
            "an imageId",
            _ERROR + r"|<CreateImageResponse[^>]*>([ ]*<requestId>[^<]*</requestId>)?"
            r"[ ]*<imageId>ami-([0-9a-z]{8}|[0-9a-z]{17})</imageId>",
        ),
        Answer("one imageId", r"<imageId>.*<imageId>", absent=True),
        Answer("no imageId in an error", _ERROR + r".*<imageId>", absent=True),
    ),
    "resp.requestId": (Answer("a requestId", _ERROR + r"|<requestId>[^<]+</requestId>"),),
    "resp.status": (Answer("status 200", r"^HTTP[^ ]* 200|" + _ERROR),),
    "err.shape": (
        Answer(
            "Response/Errors/Error with Code and Message",
            _SUCCESS + r"|<Response[ >].*<Errors>[ ]*<Error>.*<Code>[^<]+</Code>",
        ),
        Answer("a Message", _SUCCESS + r"|<Message[ />]"),
        Answer("no Errors in a success", _SUCCESS + r".*<Errors>", absent=True),
    ),
    "err.requestID": (Answer("a RequestID", _SUCCESS + r"|<RequestID>[^<]+</RequestID>"),),
    "err.code_prefix": (Answer("a code without prefix", r"<Code>(Client|Server)\.", absent=True),),
    "err.class.client": (
        Answer("a status of the 400 series", r"^HTTP[^ ]* [^4].*<Code>", absent=True),
        Answer("a status of the 200 series", r"^HTTP[^ ]* [^2].*<imageId>", absent=True),
    ),
    "err.class.server": (
        Answer("a status of the 500 series", r"^HTTP[^ ]* [^5].*<Code>(Internal|Unavailable)",
               absent=True),
    ),
}  # fmt: skip
