package authenticator.scenarios

import authenticator.ffi.Authenticator
import authenticator.ffi.ClientData
import authenticator.ffi.Failure
import authenticator.ffi.FailureKind
import authenticator.ffi.KeyAnswer
import authenticator.ffi.KeyName
import authenticator.ffi.KeyProblem
import authenticator.ffi.KeyRequest
import authenticator.ffi.Misuse
import authenticator.ffi.PasskeyException
import authenticator.ffi.PasskeyMark
import authenticator.ffi.PasskeyState
import authenticator.ffi.Prompt
import authenticator.ffi.SaveException
import authenticator.ffi.SignatureAnswer
import authenticator.ffi.SignatureRequest
import authenticator.ffi.Step
import authenticator.ffi.StepKind
import authenticator.ffi.UnwantedKey
import authenticator.ffi.UserAnswer
import authenticator.passkeys.CeremonyFailed
import authenticator.passkeys.HostKeys
import authenticator.passkeys.Passkeys
import authenticator.passkeys.Person
import authenticator.passkeys.destroyEach
import java.io.File
import java.security.MessageDigest
import java.security.Signature
import java.util.Base64
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

/** The scenario list. c/scenarios.c has the same one, under the same names. */
class Scenarios(private val folder: File) {
    private val agrees = Person { _, _ -> UserAnswer.Approved(true, null) }

    private class Scenario(val name: String, val run: suspend () -> Unit)

    private val list = listOf(
        Scenario("register", ::registers),
        Scenario("sign in", ::signsIn),
        Scenario("choose among two accounts of one name", ::chooses),
        Scenario("exclude hit", ::excludes),
        Scenario("cancel in every step", ::cancels),
        Scenario("wrong answer", ::answersWrongly),
        Scenario("key of the host's, not exportable", ::signsWithHostKey),
        Scenario("key backend refuses") { unwilling(KeyProblem.REFUSED, FailureKind.KEY_REFUSED) },
        Scenario("key backend locks out") { unwilling(KeyProblem.LOCKED_OUT, FailureKind.KEY_LOCKED_OUT) },
        Scenario("restore in a new process", ::restores),
        Scenario("use a saved ceremony twice", ::restoresTwice),
        Scenario("list, rename, mark and delete passkeys", ::manages),
        Scenario("key of a deleted passkey is destroyed", ::destroysUnwantedKeys),
        Scenario("suspend and resume", ::suspends),
        Scenario("delete everything", ::deletesEverything),
        Scenario("coroutine cancelled") {
            cancelsWithCoroutine()
            cancelsInsideMake()
        },
        Scenario("key that cannot be destroyed", ::clearsUpWhatItCan),
    )

    /** A scenario that fails ends the program before its line. */
    fun run() = runBlocking {
        for (scenario in list) {
            scenario.run()
            println("passed ${scenario.name}")
        }
    }

    private suspend fun <T> software(work: suspend (Passkeys) -> T): T =
        Passkeys.open(storePath(folder), deviceKey(folder), settings()).use { work(it) }

    private suspend fun <T> withHostKeys(work: suspend (Passkeys) -> T): T =
        Passkeys.open(storePath(folder), deviceKey(folder), settings(hostKeys = true)).use { work(it) }

    private suspend fun registers() = software { passkeys ->
        val person = Person { request, _ ->
            val prompt = request.prompt as Prompt.Register
            check(prompt.rpId == "example.com" && prompt.user.name == "ada" && request.timeoutSeconds == 600u)
            UserAnswer.Approved(true, null)
        }
        check("attestationObject" in passkeys.create(creationOptions("ada"), SITE, person))
    }

    private suspend fun signsIn() = software { passkeys ->
        check(member(passkeys.get(REQUEST_OPTIONS, SITE, agrees), "userHandle") == "YWRh")
    }

    private suspend fun chooses() = software { passkeys ->
        passkeys.create(creationOptions("eve"), SITE, agrees)
        val person = Person { request, _ ->
            val (eve, ada) = request.candidates.candidates
            check(eve.user.name == ada.user.name && request.candidates.next == null)
            check(eve.user.id.decodeToString() == "eve" && ada.user.id.decodeToString() == "ada")
            // Only the second has signed in before: that is what tells them apart.
            check(eve.lastUsed == null && ada.lastUsed != null)
            UserAnswer.Approved(true, ada.record)
        }
        check(member(passkeys.get(REQUEST_OPTIONS, SITE, person), "userHandle") == "YWRh")
    }

    private suspend fun excludes() = software { passkeys ->
        val id = member(passkeys.create(creationOptions("ada"), SITE, agrees), "id")
        val person = Person { request, _ ->
            check(request.prompt is Prompt.Excluded)
            UserAnswer.Approved(true, null)
        }
        val failure = failure { passkeys.create(creationOptions("ada", exclude = id), SITE, person) }
        check(failure.kind == FailureKind.EXCLUDED && failure.domException == "InvalidStateError")
    }

    /** Over the generated code, as an app's own wrapper would. */
    private fun cancels() {
        val keys = JavaKeys()
        Authenticator.open(storePath(folder), deviceKey(folder), settings(hostKeys = true)).use { authenticator ->
            for (answers in 0..2) {
                authenticator.startCreate(creationOptions("ada"), SITE, ClientData.Build).use { ceremony ->
                    if (answers > 0) ceremony.answerUser(UserAnswer.Approved(true, null))
                    if (answers > 1) {
                        val request = (ceremony.step() as Step.NeedsKeypair).request
                        ceremony.answerKey(runBlocking { keys.make(request) })
                    }
                    ceremony.cancel()
                    check(misuse { ceremony.cancel() } is Misuse.Ended)
                    val end = ceremony.step() as Step.Failed
                    check(end.failure.domException == "AbortError" && end.failure.kind == FailureKind.CANCELLED)
                    check((end.unusedKey != null) == (answers > 1))
                }
            }
        }
    }

    private fun answersWrongly() {
        Authenticator.open(storePath(folder), deviceKey(folder), settings(hostKeys = true)).use { authenticator ->
            authenticator.startCreate(creationOptions("ada"), SITE, ClientData.Build).use { ceremony ->
                val early = misuse { ceremony.answerSignature(SignatureAnswer.Signed(ByteArray(70))) }
                check(early is Misuse.WrongAnswer && early.expected == StepKind.USER && early.given == StepKind.SIGNATURE)
                check(misuse { ceremony.answerUser(UserAnswer.Approved(true, ByteArray(3))) } is Misuse.Argument)
                ceremony.answerUser(UserAnswer.Approved(true, null))
                check(misuse { ceremony.answerUser(UserAnswer.Approved(true, null)) } is Misuse.WrongAnswer)
                check(misuse { ceremony.answerKey(KeyAnswer.Made(ByteArray(91), ByteArray(1))) } is Misuse.Argument)
                val keys = JavaKeys()
                ceremony.answerKey(runBlocking { keys.make((ceremony.step() as Step.NeedsKeypair).request) })
                ceremony.answerSignature(runBlocking { keys.sign((ceremony.step() as Step.NeedsSignature).request) })
                check(misuse { ceremony.answerSignature(SignatureAnswer.Signed(ByteArray(70))) } is Misuse.Ended)
                check(ceremony.step() is Step.Done)
            }
        }
    }

    private suspend fun signsWithHostKey() = withHostKeys { passkeys ->
        val keys = JavaKeys()
        passkeys.create(creationOptions("ada"), SITE, agrees, keys)
        val newest = Person { request, _ -> UserAnswer.Approved(true, request.candidates.candidates.first().record) }
        val response = passkeys.get(REQUEST_OPTIONS, SITE, newest, keys)
        val decode = { name: String -> Base64.getUrlDecoder().decode(member(response, name)) }
        val valid = Signature.getInstance("SHA256withECDSA").run {
            initVerify(keys.newest)
            update(decode("authenticatorData"))
            update(MessageDigest.getInstance("SHA-256").digest(decode("clientDataJSON")))
            verify(decode("signature"))
        }
        passkeys.sweep(keys)
        check(valid && keys.held == 1) { "a key in use is not swept" }
    }

    private suspend fun unwilling(problem: KeyProblem, kind: FailureKind) = withHostKeys { passkeys ->
        val at = failure { passkeys.create(creationOptions("ada"), SITE, agrees, UnwillingKeys(problem, null)) }
        check(at.kind == kind)
        val made = JavaKeys()
        val later = failure { passkeys.create(creationOptions("ada"), SITE, agrees, UnwillingKeys(problem, made)) }
        check(later.kind == kind && made.held == 0) { "the key that no passkey uses is destroyed" }
    }

    private suspend fun restores() {
        software { passkeys ->
            passkeys.beginCreate(creationOptions("kim"), SITE).use { File(folder, "saved").writeBytes(it.save()) }
        }
        val child = ProcessBuilder(System.getProperty("launcher"), "restore", folder.path).inheritIO().start()
        check(child.waitFor() == 0)
    }

    /** What the new process does. */
    fun restoreHere() = runBlocking {
        val response = software { passkeys -> passkeys.restore(saved()).use { it.finish(agrees) } }
        check("attestationObject" in response)
    }

    private suspend fun restoresTwice() = software { passkeys ->
        val failure = failure { passkeys.restore(saved()).use { it.finish(agrees) } }
        check(failure.kind == FailureKind.USED_UP)
    }

    private suspend fun manages() = software { passkeys ->
        val (kim) = passkeys.list()
        refusesBadArguments(passkeys, kim.record)
        passkeys.rename(kim.record, "Work laptop")
        val details = checkNotNull(passkeys.list().first().details)
        check(details.label == "Work laptop" && details.rpId == "example.com" && details.algorithm == -7L)
        check(details.user.id.decodeToString() == "kim" && !details.keyHeldByApp && details.lastUsed == null)

        passkeys.mark(kim.record, PasskeyMark.HIDDEN)
        check(passkeys.list().first().state == PasskeyState.HIDDEN)
        passkeys.mark(kim.record, PasskeyMark.SHOWN)
        passkeys.mark(kim.record, PasskeyMark.UNCONFIRMED)
        check(passkeys.list().first().state == PasskeyState.UNCONFIRMED)
        passkeys.mark(kim.record, PasskeyMark.CONFIRMED)
        check(passkeys.list().first().state == PasskeyState.ACTIVE)

        val before = passkeys.list().size
        passkeys.delete(kim.record)
        check(refused { passkeys.delete(kim.record) } is PasskeyException.NoSuchPasskey)
        check(passkeys.list().size == before - 1)
        val closed = Passkeys.open(storePath(folder), deviceKey(folder), settings()).also { it.close() }
        check(runCatching { closed.list() }.exceptionOrNull() is IllegalStateException)
    }

    private suspend fun refusesBadArguments(passkeys: Passkeys, record: ByteArray) {
        for (label in listOf("", "a\u0000b", "x".repeat(101))) {
            check(refused { passkeys.rename(record, label) } is PasskeyException.Label)
        }
        check(refused { passkeys.rename(record.copyOf(15), "x") } is PasskeyException.Argument)
        check(refused { passkeys.delete(ByteArray(0)) } is PasskeyException.Argument)
        check(refused { passkeys.delete("of another store".toByteArray()) } is PasskeyException.NoSuchPasskey)
    }

    private suspend fun destroysUnwantedKeys() = withHostKeys { passkeys ->
        val keys = JavaKeys()
        passkeys.create(creationOptions("ada"), SITE, agrees, keys)
        passkeys.delete(passkeys.list().first().record)
        check(keys.held == 1)
        passkeys.sweep(keys)
        check(keys.held == 0) { "the key of the passkey that is gone" }
    }

    private suspend fun suspends() = software { passkeys ->
        val record = passkeys.list().first().record
        passkeys.beginCreate(creationOptions("lee"), SITE).use { pending ->
            passkeys.suspendStore()
            passkeys.suspendStore()
            check(refused { passkeys.list() } is PasskeyException.Suspended)
            check(refused { passkeys.delete(record) } is PasskeyException.Suspended)
            check(runCatching { pending.save() }.exceptionOrNull() is SaveException.Suspended)
            check(runCatching { passkeys.restore(ByteArray(9)) }.exceptionOrNull() is Misuse.Suspended)
            check("\"userVerifyingPlatformAuthenticator\":true" in passkeys.clientCapabilities())
            passkeys.resumeStore()
            check("attestationObject" in pending.finish(agrees))
        }
        val suspender = Person { _, _ ->
            passkeys.suspendStore()
            UserAnswer.Approved(true, null)
        }
        val given = runCatching { passkeys.create(creationOptions("lee"), SITE, suspender) }.exceptionOrNull()
        check(given is Misuse.Suspended) { "the answer came while the store was suspended" }
        passkeys.resumeStore()
    }

    private suspend fun deletesEverything() = withHostKeys { passkeys ->
        val keys = JavaKeys()
        passkeys.create(creationOptions("ada"), SITE, agrees, keys)
        passkeys.beginCreate(creationOptions("lee"), SITE).use { begun ->
            check(refused { passkeys.deleteEverything(false) } is PasskeyException.Unproven)
            passkeys.deleteEverything(true)
            check(passkeys.list().isEmpty() && keys.held == 1)
            passkeys.sweep(keys)
            check(keys.held == 0) { "the keys of all passkeys that are gone" }
            check(failure { begun.finish(agrees, keys) }.kind == FailureKind.STORE)
        }
    }

    private suspend fun cancelsWithCoroutine() = software { passkeys ->
        val pending = passkeys.beginCreate(creationOptions("zoe"), SITE)
        val saved = pending.save()
        coroutineScope {
            val asked = CompletableDeferred<Unit>()
            val job = launch {
                pending.use {
                    it.finish({ _, _ ->
                        asked.complete(Unit)
                        awaitCancellation()
                    })
                }
            }
            asked.await()
            job.cancelAndJoin()
            check(job.isCancelled)
        }
        val failure = failure { passkeys.restore(saved).use { it.finish(agrees) } }
        check(failure.kind == FailureKind.USED_UP) { "the ceremony was cancelled with its coroutine" }
    }

    /** Cancelled after the key was made and before anybody was told of it, and what clears up fails in the end. */
    private suspend fun cancelsInsideMake() = withHostKeys { passkeys ->
        val made = JavaKeys()
        coroutineScope {
            val isMade = CompletableDeferred<Unit>()
            val keys = object : HostKeys by made {
                override suspend fun make(request: KeyRequest): KeyAnswer {
                    made.make(request)
                    isMade.complete(Unit)
                    awaitCancellation()
                }

                override suspend fun destroyAlias(alias: ByteArray) {
                    made.destroyAlias(alias)
                    error("not now")
                }
            }
            val job = launch { passkeys.create(creationOptions("zoe"), SITE, agrees, keys) }
            isMade.await()
            check(made.held == 1)
            // In another exception's place this scope would end with it.
            job.cancelAndJoin()
            check(job.isCancelled && made.held == 0) { "the key was destroyed by its alias" }
        }
    }

    /** What cannot be cleared up hides nothing: not why a ceremony ended, and not the other keys. */
    private suspend fun clearsUpWhatItCan() = withHostKeys { passkeys ->
        val made = JavaKeys()
        val stubborn = object : HostKeys by made {
            override suspend fun sign(request: SignatureRequest) = SignatureAnswer.NotSigned(KeyProblem.REFUSED)

            override suspend fun destroy(keyHandle: ByteArray) = error("not now")
        }
        val failed = runCatching { passkeys.create(creationOptions("ada"), SITE, agrees, stubborn) }.exceptionOrNull()
        check(failed is CeremonyFailed && failed.failure.kind == FailureKind.KEY_REFUSED)
        check(failed.suppressed.single().message == "not now" && made.held == 1)

        // More kinds of names than this program can bring about at once, so the list is made up.
        val alias = KeyName.Alias(ByteArray(16))
        val handle = KeyName.Handle(ByteArray(16))
        val list = listOf(handle, alias, handle, alias).mapIndexed { at, key -> UnwantedKey(byteArrayOf(at.toByte()), key) }
        val noted = mutableListOf<Int>()
        val first = runCatching { destroyEach(list, stubborn) { noted += it.single().toInt() } }.exceptionOrNull()
        check(first?.message == "not now" && first.suppressed.size == 1)
        check(noted == listOf(1, 3)) { "those that were destroyed, and no others" }
    }

    private fun saved() = File(folder, "saved").readBytes()

    private suspend fun failure(work: suspend () -> Any): Failure = try {
        error("it should have failed, and came to ${work()}")
    } catch (failed: CeremonyFailed) {
        failed.failure
    }

    private suspend fun refused(work: suspend () -> Any): PasskeyException = try {
        error("it should have been refused, and came to ${work()}")
    } catch (refused: PasskeyException) {
        refused
    }

    private fun misuse(work: () -> Unit): Misuse = try {
        work()
        error("it should have been refused")
    } catch (misuse: Misuse) {
        misuse
    }
}
