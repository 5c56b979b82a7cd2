"""The documents that the rules come from."""

from __future__ import annotations

from conformance.model.rule import Source


class _Document:
    """A document. Subscription names a section: ``CREATE_IMAGE["Name"]``."""

    def __init__(self, title: str, url: str = "") -> None:
        self.title = title
        self.url = url

    def __getitem__(self, section: str) -> Source:
        return Source(self.title, section)


_API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
_GUIDE = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/"
_DEV = "https://docs.aws.amazon.com/ec2/latest/devguide/"

CREATE_IMAGE = _Document("API_CreateImage", _API + "API_CreateImage.html")
"""The primary document: it prevails over every other."""
CREATE_IMAGE_2013 = _Document("ApiReference-query-CreateImage 2013-02-01")
BOTOCORE = _Document("botocore ec2/2016-11-15 service model")
ERRORS = _Document("Error codes for the Amazon EC2 API", _DEV + "errors-overview.html")
QUERY = _Document("Query requests for Amazon EC2", _API + "Query-Requests.html")
COMMON = _Document("Common query parameters", _API + "CommonParameters.html")
BLOCK_DEVICE = _Document("API_BlockDeviceMapping, API_EbsBlockDevice", _API)
TAG = _Document("API_TagSpecification, API_Tag", _API)
DESCRIBE_IMAGES = _Document("API_DescribeImages, API_Image", _API + "API_DescribeImages.html")
DEREGISTER = _Document("API_DeregisterImage", _API + "API_DeregisterImage.html")
GUIDE_AMI = _Document("User Guide, Create an EBS-backed AMI", _GUIDE + "creating-an-ami-ebs.html")
GUIDE_MAPPING = _Document(
    "User Guide, Block device mappings", _GUIDE + "block-device-mapping-concepts.html"
)
GUIDE_DEVICE = _Document("User Guide, Device names", _GUIDE + "device_naming.html")
GUIDE_DEREGISTER = _Document("User Guide, Deregister an AMI", _GUIDE + "deregister-ami.html")
GUIDE_TAGS = _Document("User Guide, Tag your resources", _GUIDE + "Using_Tags.html")
GUIDE_TAG_IAM = _Document(
    "User Guide, Permissions to tag on creation", _GUIDE + "supported-iam-actions-tagging.html"
)
GUIDE_QUOTAS = _Document("User Guide, AMI quotas", _GUIDE + "ami-quotas.html")
IDEMPOTENCY = _Document("Ensuring idempotency", _DEV + "ec2-api-idempotency.html")
CONSISTENCY = _Document("Eventual consistency", _DEV + "eventual-consistency.html")

DOCUMENTS = {d.title: d.url for d in list(globals().values()) if isinstance(d, _Document)}
"""Document title to the address of the page."""
