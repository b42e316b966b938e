package authenticator.scenarios

import authenticator.ffi.Authenticator
import authenticator.ffi.ClientData
import authenticator.ffi.FailureKind
import authenticator.ffi.Refusal
import authenticator.ffi.Step
import authenticator.ffi.UserAnswer
import com.sun.jna.Library
import com.sun.jna.Native
import com.sun.jna.Structure
import java.io.File
import kotlin.concurrent.thread

private const val ALLOWED_GROWTH = 256L * 1024
private const val THREADS = 8

/** From then on nothing may grow: classes are loaded, code is compiled, caches are full. */
private const val WARM = 1000

/** Many ceremonies: memory stays flat, and threads lose nothing. Both count; neither asserts a time. */
class Load(private val folder: File) {
    private fun open() = Authenticator.open(storePath(folder), deviceKey(folder), settings())

    fun memory(ceremonies: Int) {
        open().use { authenticator ->
            makePasskey(authenticator, "ada")
            val warm = minOf(WARM, ceremonies)
            var before = Memory(0, 0)
            repeat(ceremonies) { round ->
                if (round == warm) before = Memory.now()
                oneCeremony(authenticator, round)
            }
            val after = Memory.now()
            val (native, java) = Pair(after.native - before.native, after.java - before.java)
            System.err.println(
                "$ceremonies ceremonies: native ${native / 1024} KiB, Java heap ${java / 1024} KiB more than after the first $warm",
            )
            check(native <= ALLOWED_GROWTH && java <= ALLOWED_GROWTH)
        }
        println("passed memory stays flat")
    }

    /** One of four kinds. None of them makes the store larger: the passkey made is not kept in it. */
    private fun oneCeremony(authenticator: Authenticator, round: Int) {
        val create = round % 2 == 0
        val ceremony = if (create) {
            authenticator.startCreate(creationOptions("guest", "discouraged"), SITE, ClientData.Build)
        } else {
            authenticator.startGet(REQUEST_OPTIONS, SITE, ClientData.Build)
        }
        ceremony.use {
            when (round % 4) {
                0, 1 -> {
                    it.answerUser(UserAnswer.Approved(true, null))
                    check(it.step() is Step.Done)
                }
                2 -> {
                    it.cancel()
                    check((it.step() as Step.Failed).failure.kind == FailureKind.CANCELLED)
                }
                else -> {
                    it.answerUser(UserAnswer.Refused(Refusal.Declined))
                    check((it.step() as Step.Failed).failure.kind == FailureKind.REFUSED)
                }
            }
        }
    }

    private fun makePasskey(authenticator: Authenticator, user: String) {
        authenticator.startCreate(creationOptions(user), SITE, ClientData.Build).use {
            it.answerUser(UserAnswer.Approved(true, null))
            check(it.step() is Step.Done)
        }
    }

    fun threads(each: Int, seconds: Long) {
        open().use { authenticator ->
            val until = System.currentTimeMillis() + seconds * 1000
            val made = IntArray(THREADS)
            val failures = java.util.concurrent.ConcurrentLinkedQueue<Throwable>()
            val running = List(THREADS) { name ->
                thread {
                    runCatching {
                        do {
                            repeat(each) {
                                makePasskey(authenticator, "user-$name-${made[name]++}")
                                authenticator.startGet(REQUEST_OPTIONS, SITE, ClientData.Build).use { it.cancel() }
                            }
                        } while (System.currentTimeMillis() < until)
                    }.onFailure(failures::add)
                }
            }
            running.forEach(Thread::join)
            failures.firstOrNull()?.let { throw it }
            val found = passkeys(authenticator)
            System.err.println("$THREADS threads made ${made.sum()} passkeys; $found are there")
            check(found == made.sum())
        }
        println("passed eight threads lose nothing")
    }

    private fun passkeys(authenticator: Authenticator): Int =
        authenticator.startGet(REQUEST_OPTIONS, SITE, ClientData.Build).use { ceremony ->
            var page = (ceremony.step() as Step.NeedsUser).request.candidates
            var found = page.candidates.size
            while (true) {
                page = ceremony.candidates(page.next ?: return found)
                found += page.candidates.size
            }
            @Suppress("UNREACHABLE_CODE") found
        }
}

/** What is in use: by C's allocator, where the library's memory is, and by Java's heap after a collection. */
private data class Memory(val native: Long, val java: Long) {
    companion object {
        fun now(): Memory {
            repeat(3) {
                System.gc()
                Thread.sleep(100) // for the cleaner's thread
            }
            val info = C.INSTANCE.mallinfo2()
            val runtime = Runtime.getRuntime()
            return Memory(info.uordblks + info.hblkhd, runtime.totalMemory() - runtime.freeMemory())
        }
    }
}

/** `struct mallinfo2` of the GNU C library. */
@Structure.FieldOrder(
    "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
)
open class MallInfo2 : Structure() {
    @JvmField var arena = 0L
    @JvmField var ordblks = 0L
    @JvmField var smblks = 0L
    @JvmField var hblks = 0L
    @JvmField var hblkhd = 0L
    @JvmField var usmblks = 0L
    @JvmField var fsmblks = 0L
    @JvmField var uordblks = 0L
    @JvmField var fordblks = 0L
    @JvmField var keepcost = 0L

    class ByValue : MallInfo2(), Structure.ByValue
}

private interface C : Library {
    fun mallinfo2(): MallInfo2.ByValue

    companion object {
        val INSTANCE: C = Native.load("c", C::class.java)
    }
}
