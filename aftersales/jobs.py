"""Work that was promised outside, as its merchant may follow it: a dead job is put back when what stood in its way is
mended."""

from datetime import datetime

from aftersales.refusals import Refusal, RefusalCode, Refused, Transition
from db.enums import JobState
from db.models.messages import Job


def retry(job: Job, now: datetime) -> None:
    """Puts a dead job back: due now, with all its tries before it; what failed last stays to be seen until it is done. It
    goes before later jobs of its resource. Refused for one that is not dead. The row must be locked."""
    if job.state is not JobState.DEAD:
        sentence = f"Only a dead job is put back; this one is {job.state.name}."
        tried = Transition(job.state.value, JobState.READY.value, ())
        raise Refused(Refusal(RefusalCode.STATE, sentence, ("id",), tried))
    job.state, job.attempts, job.run_at = JobState.READY, 0, now
    job.leased_until = job.done_at = None
