package authenticator.passkeys

import authenticator.ffi.Authenticator
import authenticator.ffi.Caller
import authenticator.ffi.Ceremony
import authenticator.ffi.ClientData
import authenticator.ffi.Failure
import authenticator.ffi.KeyAnswer
import authenticator.ffi.KeyName
import authenticator.ffi.KeyProblem
import authenticator.ffi.KeyRequest
import authenticator.ffi.Misuse
import authenticator.ffi.Page
import authenticator.ffi.Passkey
import authenticator.ffi.PasskeyMark
import authenticator.ffi.PasskeyPage
import authenticator.ffi.Settings
import authenticator.ffi.SignatureAnswer
import authenticator.ffi.SignatureRequest
import authenticator.ffi.Step
import authenticator.ffi.UnwantedKey
import authenticator.ffi.UserAnswer
import authenticator.ffi.UserRequest
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext

/** Whoever answers prompts: an activity, a dialogue, a biometric prompt. */
fun interface Person {
    /**
     * Shows [request] and suspends until it is answered. [more] has the candidates after a page's `next`. When the
     * coroutine is cancelled, take the prompt down; the ceremony is cancelled as well.
     */
    suspend fun answer(request: UserRequest, more: suspend (ULong) -> Page): UserAnswer
}

/** The app's key store, for authenticators opened with `KeyBackend.Host`. */
interface HostKeys {
    suspend fun make(request: KeyRequest): KeyAnswer

    suspend fun sign(request: SignatureRequest): SignatureAnswer

    /** Destroys a key that no passkey uses. One that is not there is destroyed already. Throws when it may still be there. */
    suspend fun destroy(keyHandle: ByteArray)

    /** The same for the key that was asked for under this alias, which may never have been made. */
    suspend fun destroyAlias(alias: ByteArray)

    /** The same for every key that was asked for under an alias that ends with these bytes. */
    suspend fun destroyAliasesEndingWith(suffix: ByteArray)
}

/** For authenticators that keep their keys themselves: there is nothing to ask for. */
object NoHostKeys : HostKeys {
    override suspend fun make(request: KeyRequest) = KeyAnswer.NotMade(KeyProblem.UNSUPPORTED)

    override suspend fun sign(request: SignatureRequest) = SignatureAnswer.NotSigned(KeyProblem.MISSING)

    // Whatever is named here is a key of a backend that is not at hand: it must not be called destroyed.
    override suspend fun destroy(keyHandle: ByteArray) = throw UnsupportedOperationException()

    override suspend fun destroyAlias(alias: ByteArray) = throw UnsupportedOperationException()

    override suspend fun destroyAliasesEndingWith(suffix: ByteArray) = throw UnsupportedOperationException()
}

/** A ceremony came to nothing. [Failure.domException] is for the site, the message for the person. */
class CeremonyFailed(val failure: Failure) : Exception(failure.sentence)

/** An open store of passkeys. Close it when the app no longer needs it. */
class Passkeys private constructor(private val authenticator: Authenticator) : AutoCloseable {
    companion object {
        /** Opens the store at [path] with the 32 bytes of its device key; throws [authenticator.ffi.OpenException]. */
        suspend fun open(path: String, deviceKey: ByteArray, settings: Settings): Passkeys =
            withContext(Dispatchers.IO) { Passkeys(Authenticator.open(path, deviceKey, settings)) }
    }

    /** Makes a passkey and returns `RegistrationResponseJSON`, or throws [CeremonyFailed]. Cancels with the coroutine. */
    suspend fun create(
        optionsJson: String,
        caller: Caller,
        person: Person,
        keys: HostKeys = NoHostKeys,
        clientData: ClientData = ClientData.Build,
    ): String = beginCreate(optionsJson, caller, clientData).use { it.finish(person, keys) }

    /** Signs in and returns `AuthenticationResponseJSON`, or throws [CeremonyFailed]. Cancels with the coroutine. */
    suspend fun get(
        optionsJson: String,
        caller: Caller,
        person: Person,
        keys: HostKeys = NoHostKeys,
        clientData: ClientData = ClientData.Build,
    ): String = beginGet(optionsJson, caller, clientData).use { it.finish(person, keys) }

    /** A registration to be saved before anyone is asked. */
    suspend fun beginCreate(optionsJson: String, caller: Caller, clientData: ClientData = ClientData.Build) =
        begin { authenticator.startCreate(optionsJson, caller, clientData) }

    /** A sign-in to be saved before anyone is asked. */
    suspend fun beginGet(optionsJson: String, caller: Caller, clientData: ClientData = ClientData.Build) =
        begin { authenticator.startGet(optionsJson, caller, clientData) }

    /** Takes up what [Pending.save] gave, in this process or another. It ends once: in whichever copy comes first. */
    suspend fun restore(saved: ByteArray) = begin { authenticator.restore(saved) }

    /**
     * Has [keys] destroy every key that no passkey uses any more: of deleted passkeys, of registrations that never ended, of
     * before a reset. Call it when the store has been opened. What could not be destroyed is named again the next time; the
     * others are destroyed all the same, and then the first of the errors is thrown.
     */
    suspend fun sweep(keys: HostKeys) {
        val unwanted = withContext(Dispatchers.IO) { authenticator.unwantedKeys() }
        destroyEach(unwanted, keys) { record -> withContext(Dispatchers.IO) { authenticator.keyDestroyed(record) } }
    }

    /** Passkeys of all sites and in all states, newest first: the first page, or the one after a page's `next`. */
    suspend fun page(before: ULong? = null): PasskeyPage = withContext(Dispatchers.IO) { authenticator.passkeys(before) }

    /** All of them. */
    suspend fun list(): List<Passkey> {
        val all = mutableListOf<Passkey>()
        var page = page()
        while (true) {
            all += page.passkeys
            page = page(page.next ?: return all)
        }
    }

    /** Gives a passkey a label of its owner's. The site is told nothing. Throws [authenticator.ffi.PasskeyException]. */
    suspend fun rename(record: ByteArray, label: String) =
        withContext(Dispatchers.IO) { authenticator.renamePasskey(record, label) }

    /**
     * Deletes a passkey for good. Ask its owner first, and say that the site still lists it. [sweep] destroys its key, if it
     * is the app's. Throws [authenticator.ffi.PasskeyException].
     */
    suspend fun delete(record: ByteArray) = withContext(Dispatchers.IO) { authenticator.deletePasskey(record) }

    /** Notes what has become of a passkey at its site. Throws [authenticator.ffi.PasskeyException]. */
    suspend fun mark(record: ByteArray, asWhat: PasskeyMark) =
        withContext(Dispatchers.IO) { authenticator.markPasskey(record, asWhat) }

    /**
     * Deletes every passkey. Ask their owner first; [verified] says whether they were verified just now, which they must be
     * where the app can. Throws [authenticator.ffi.PasskeyException].
     */
    suspend fun deleteEverything(verified: Boolean) =
        withContext(Dispatchers.IO) { authenticator.deleteEverything(verified) }

    /**
     * Lets go of the store's file. Until [resumeStore], what needs the store throws, a ceremony that is answered [Misuse.Suspended]:
     * it is given up then, so resume before a prompt is answered.
     */
    suspend fun suspendStore() = withContext(Dispatchers.IO) { authenticator.suspend() }

    /** Opens the file again; throws [authenticator.ffi.OpenException], and the store is still suspended then. */
    suspend fun resumeStore() = withContext(Dispatchers.IO) { authenticator.resume() }

    /** What `getClientCapabilities()` gives, as JSON. */
    fun clientCapabilities(): String = authenticator.clientCapabilities()

    override fun close() = authenticator.close()

    private suspend fun begin(start: () -> Ceremony): Pending {
        var started: Ceremony? = null
        return try {
            withContext(Dispatchers.IO) { Pending(start().also { started = it }) }
        } catch (thrown: Throwable) {
            // Cancelled while it was being started: then nobody else has it.
            started?.close()
            throw thrown
        }
    }
}

/** Destroys and notes each; the first error is thrown at the end, unless the coroutine is cancelled. */
internal suspend fun destroyEach(
    unwanted: List<UnwantedKey>,
    keys: HostKeys,
    noteDestroyed: suspend (record: ByteArray) -> Unit,
) {
    var first: Exception? = null
    for (entry in unwanted) {
        try {
            when (val key = entry.key) {
                is KeyName.Alias -> keys.destroyAlias(key.alias)
                is KeyName.Handle -> keys.destroy(key.handle)
                is KeyName.AliasSuffix -> keys.destroyAliasesEndingWith(key.suffix)
            }
            noteDestroyed(entry.record)
        } catch (thrown: Exception) {
            currentCoroutineContext().ensureActive()
            if (first == null) first = thrown else first.addSuppressed(thrown)
        }
    }
    if (first != null) throw first
}

/** A ceremony that nobody has been asked about yet. */
class Pending internal constructor(private val ceremony: Ceremony) : AutoCloseable {
    /** The ceremony as sealed bytes, for [Passkeys.restore]. What a person answers is never part of it. */
    suspend fun save(): ByteArray = withContext(Dispatchers.IO) { ceremony.save() }

    /** Notes the record that was picked in the system's own list. The person is asked all the same. */
    suspend fun choose(record: ByteArray) = withContext(Dispatchers.IO) { ceremony.choose(record) }

    /**
     * Runs the ceremony to its end. When the coroutine is cancelled, or [person] or [keys] throw, the ceremony is
     * cancelled and what was thrown goes on, with what went wrong in clearing up as suppressed; a ceremony that had just
     * ended stays ended.
     */
    suspend fun finish(person: Person, keys: HostKeys = NoHostKeys): String {
        // The alias of a key that was asked for and not answered about: it may have been made.
        var asked: ByteArray? = null
        try {
            while (true) {
                when (val step = ceremony.step()) {
                    is Step.NeedsUser -> {
                        val answer = person.answer(step.request) { before ->
                            withContext(Dispatchers.IO) { ceremony.candidates(before) }
                        }
                        withContext(Dispatchers.IO) { ceremony.answerUser(answer) }
                    }
                    is Step.NeedsKeypair -> {
                        asked = step.request.alias
                        val answer = keys.make(step.request)
                        withContext(NonCancellable + Dispatchers.IO) {
                            ceremony.answerKey(answer)
                            asked = null
                        }
                    }
                    is Step.NeedsSignature -> {
                        val answer = keys.sign(step.request)
                        withContext(Dispatchers.IO) { ceremony.answerSignature(answer) }
                    }
                    is Step.Done -> return step.responseJson
                    is Step.Failed -> throw CeremonyFailed(step.failure)
                }
            }
        } catch (thrown: Throwable) {
            val alias = asked
            withContext(NonCancellable + Dispatchers.IO) {
                try {
                    clearUp(keys, alias)
                } catch (another: Throwable) {
                    thrown.addSuppressed(another)
                }
            }
            throw thrown
        }
    }

    override fun close() = ceremony.close()

    private suspend fun clearUp(keys: HostKeys, asked: ByteArray?) {
        // A ceremony that has ended already may have stored its passkey, whose key must not be destroyed by its alias then.
        val mayBeMade = try {
            ceremony.cancel()
            asked
        } catch (_: Misuse) {
            null
        }
        val end = ceremony.step()
        val unused = if (end is Step.Failed) end.unusedKey else null
        when {
            unused != null -> keys.destroy(unused)
            mayBeMade != null -> keys.destroyAlias(mayBeMade)
        }
    }
}
