"""The fixed words of the service, as enumerations. Source: spec/lumnis.md, 6.5."""

from enum import StrEnum


class Scope(StrEnum):
    """Whose data a client works with: one user's, or the whole tenant's."""

    USER = "user"
    TENANT = "tenant"


class ApiProvider(StrEnum):
    """Providers whose keys the service can use; the short names are aliases."""

    OPENAI_API_KEY = "OPENAI_API_KEY"
    ANTHROPIC_API_KEY = "ANTHROPIC_API_KEY"
    GOOGLE_API_KEY = "GOOGLE_API_KEY"
    COHERE_API_KEY = "COHERE_API_KEY"
    GROQ_API_KEY = "GROQ_API_KEY"
    NVIDIA_API_KEY = "NVIDIA_API_KEY"
    FIREWORKS_API_KEY = "FIREWORKS_API_KEY"
    MISTRAL_API_KEY = "MISTRAL_API_KEY"
    TOGETHER_API_KEY = "TOGETHER_API_KEY"
    XAI_API_KEY = "XAI_API_KEY"
    PPLX_API_KEY = "PPLX_API_KEY"
    HUGGINGFACE_API_KEY = "HUGGINGFACE_API_KEY"
    DEEPSEEK_API_KEY = "DEEPSEEK_API_KEY"
    IBM_API_KEY = "IBM_API_KEY"
    EXA_API_KEY = "EXA_API_KEY"
    SERPAPI_API_KEY = "SERPAPI_API_KEY"
    CRUSTDATA_API_KEY = "CRUSTDATA_API_KEY"
    E2B_API_KEY = "E2B_API_KEY"
    AZURE = "AZURE_API_KEY"
    OPENAI = "OPENAI_API_KEY"
    ANTHROPIC = "ANTHROPIC_API_KEY"
    GOOGLE = "GOOGLE_API_KEY"


class ApiKeyMode(StrEnum):
    """Whose keys the models are paid with: the tenant's own, or the platform's."""

    BYO_KEYS = "byo_keys"
    PLATFORM = "platform"
    BRING_YOUR_OWN = "byo_keys"
    USE_PLATFORM = "platform"


class ModelType(StrEnum):
    """The parts that a model can play in an agent."""

    CHEAP_MODEL = "CHEAP_MODEL"
    FAST_MODEL = "FAST_MODEL"
    SMART_MODEL = "SMART_MODEL"
    REASONING_MODEL = "REASONING_MODEL"
    VISION_MODEL = "VISION_MODEL"


class ModelProvider(StrEnum):
    """Who serves models, as the service names them; others stay plain strings."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    AZURE_OPENAI = "azure_openai"
    AZURE_AI = "azure_ai"
    GOOGLE_VERTEXAI = "google_vertexai"
    GOOGLE_GENAI = "google_genai"
    BEDROCK = "bedrock"
    BEDROCK_CONVERSE = "bedrock_converse"
    COHERE = "cohere"
    FIREWORKS = "fireworks"
    TOGETHER = "together"
    MISTRALAI = "mistralai"
    HUGGINGFACE = "huggingface"
    GROQ = "groq"
    OLLAMA = "ollama"
    GOOGLE_ANTHROPIC_VERTEX = "google_anthropic_vertex"
    DEEPSEEK = "deepseek"
    IBM = "ibm"
    NVIDIA = "nvidia"
    XAI = "xai"
    PERPLEXITY = "perplexity"


class AgentMode(StrEnum):
    """How many agents work on a task."""

    AUTO = "auto"
    SINGLE_AGENT = "single_agent"
    MULTI_AGENT = "multi_agent"


class FileScope(StrEnum):
    """Who may see a file."""

    USER = "user"
    TENANT = "tenant"


class ProcessingStatus(StrEnum):
    """How far the service is with a file."""

    PENDING = "pending"
    PARSING = "parsing"
    EMBEDDING = "embedding"
    COMPLETED = "completed"
    PARTIAL_SUCCESS = "partial_success"
    ERROR = "error"


class ContentType(StrEnum):
    """Which text of a file to read."""

    TEXT = "text"
    TRANSCRIPT = "transcript"
    SUMMARY = "summary"
    STRUCTURED = "structured"


class DuplicateHandling(StrEnum):
    """What becomes of an upload whose name is taken."""

    ERROR = "error"
    SKIP = "skip"
    REPLACE = "replace"
    SUFFIX = "suffix"
