"""The Hugging Face hub: a repository's files with their digests, and its errors as sentences.

Through `huggingface_hub`, which honours `HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE`. No
message here repeats a URL or a header: they may hold a token or a signature.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mathcli.errors import ModelError
from mathcli.hosts import retry_after
from mathcli.models.quants import RemoteFile
from mathcli.models.sources import WAITS, Listing, Source, Unreachable, connection_failed

# Without this the library also asks the hub for a list of programs to look for in the environment
# and says in every request which it found. It reads the variable when it is imported.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

_LISTING_WAITS = 2  # tries after the first: few, as no download has begun yet

_TIMEOUT = 30.0  # seconds without a byte


class Hub(Source):
    """The Hugging Face hub, or nothing at all when offline.

    Args:
        endpoint: where it is, if not where `HF_ENDPOINT` or the library says.
        offline: make no connection. Also set by `HF_HUB_OFFLINE`.
        waits: seconds before each new try.
        say: called with a message on what is being waited for.
    """

    title = "the hub"

    def __init__(
        self,
        *,
        endpoint: str | None = None,
        offline: bool = False,
        waits: Sequence[float] = WAITS,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        super().__init__(offline=offline, waits=waits, say=say)
        self._endpoint = endpoint

    def files(self, repository: str, revision: str | None = None) -> Listing:
        """What a repository holds at `revision` (a branch, tag or commit; its main branch).

        Raises:
            ModelError: there is no such repository, no permission, or no connection.
        """
        self.check_online(repository)
        info = self._info(repository, revision)
        files = tuple(
            RemoteFile(one.rfilename, one.size or 0, one.lfs.sha256 if one.lfs else None)
            for one in info.siblings or ()
        )
        return Listing(repository, info.sha or revision or "main", files)

    @contextmanager
    def stream(self, listing: Listing, name: str, start: int) -> Iterator[Any]:
        """The response that carries a file from byte `start` on.

        Raises:
            Unreachable: the network or the server failed, now or while it is read.
            ModelError: the file is refused.
        """
        from huggingface_hub import hf_hub_url
        from huggingface_hub.utils import (  # type: ignore[attr-defined]
            build_hf_headers,
            get_session,
            hf_raise_for_status,
        )

        from mathcli import __version__

        headers = build_hf_headers(library_name="mathcli", library_version=__version__)
        headers["Accept-Encoding"] = "identity"
        if start:
            headers["Range"] = f"bytes={start}-"
        url = hf_hub_url(
            listing.repository, name, revision=listing.revision, endpoint=self._endpoint
        )
        # The client follows redirects; one to another host loses the token.
        with (
            _translated(listing.repository, listing.revision, name),
            get_session().stream("GET", url, headers=headers, timeout=_TIMEOUT) as response,
        ):
            if response.status_code not in (200, 206, 416):
                response.read()
                hf_raise_for_status(response)
            yield response

    def _info(self, repository: str, revision: str | None) -> Any:
        """The listing; after a failure that may be temporary it is requested again."""
        from huggingface_hub import HfApi

        from mathcli import __version__

        api = HfApi(self._endpoint, library_name="mathcli", library_version=__version__)
        waits = iter(self.waits[:_LISTING_WAITS])
        while True:
            try:
                with _translated(repository, revision):
                    return api.model_info(
                        repository, revision=revision, files_metadata=True, timeout=_TIMEOUT
                    )
            except Unreachable as trouble:
                self.pause(trouble, waits)


@contextmanager
def _translated(repository: str, revision: str | None, file: str | None = None) -> Iterator[None]:
    """Turn the library's exceptions into errors with words for the user."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    any_http_error: Any = HfHubHTTPError.__bases__[0]  # of the client that the library uses
    try:
        yield
    except HFValidationError:
        raise ModelError(
            f"{repository} is no name of a repository", "names look like OWNER/REPO"
        ) from None
    except OfflineModeIsEnabled:
        raise ModelError("offline mode is on", "unset HF_HUB_OFFLINE") from None
    except HfHubHTTPError as error:
        raise _refused(error, repository, revision, file) from None
    except any_http_error as error:
        raise connection_failed(
            Hub.title, error, begun=file is not None, also=" (or HF_ENDPOINT)"
        ) from None


def _refused(error: Any, repository: str, revision: str | None, file: str | None) -> Exception:
    """The error for a response of the hub with an unexpected status."""
    from huggingface_hub.errors import (
        GatedRepoError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    status = error.response.status_code
    if isinstance(error, GatedRepoError):
        return ModelError(
            f"{repository} is gated: its authors ask you to accept their terms first",
            "accept them on the model's page, then set HF_TOKEN or run: hf auth login",
        )
    if isinstance(error, RevisionNotFoundError):
        return ModelError(
            f"{repository} has no revision {revision}", "leave --revision out for the newest"
        )
    if isinstance(error, RepositoryNotFoundError) or (status == 404 and file is None):
        return ModelError(
            f"there is no repository {repository}, or it is private",
            "check the name; for a private one set HF_TOKEN or run: hf auth login",
        )
    if status == 404:
        return ModelError(
            f"{repository} has no file {file}", f"see what it has: mathcli models pull {repository}"
        )
    if status == 401:
        return ModelError(
            f"the hub wants to know who asks for {repository}",
            "set HF_TOKEN to a valid token, or run: hf auth login",
        )
    if status == 403:
        return ModelError(
            f"the hub does not let this account have {repository}",
            "check that the account, and its token's permissions, may read it",
        )
    if status == 429:
        wait = retry_after(error.response.headers.get("retry-after"))
        return Unreachable(
            ModelError(
                "the hub has had too many requests from here (429)",
                f"wait {f'{wait:.0f} s' if wait else 'a few minutes'} and run the same command "
                "again; a token (HF_TOKEN) raises the limit",
            ),
            wait,
        )
    if status >= 500:
        return Unreachable(
            ModelError(
                f"the hub has a problem ({status})",
                "run the same command again later: what has arrived is kept",
            ),
            retry_after(error.response.headers.get("retry-after")),
        )
    return ModelError(f"the hub refuses {repository} ({status})", "check the name and the revision")
