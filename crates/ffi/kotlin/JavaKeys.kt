package authenticator.scenarios

import authenticator.ffi.KeyAnswer
import authenticator.ffi.KeyProblem
import authenticator.ffi.KeyRequest
import authenticator.ffi.SignatureAnswer
import authenticator.ffi.SignatureRequest
import authenticator.passkeys.HostKeys
import java.security.KeyPairGenerator
import java.security.PublicKey
import java.security.Signature
import java.security.spec.ECGenParameterSpec

/**
 * A key backend over `java.security`. Of each private key only a `Signature` that was initialised with it is kept, which
 * signs and has no way to give the key away.
 */
class JavaKeys : HostKeys {
    private val signers = mutableMapOf<List<Byte>, Signature>()
    var newest: PublicKey? = null
        private set
    val held get() = signers.size

    override suspend fun make(request: KeyRequest): KeyAnswer {
        if (request.algorithm != -7L) return KeyAnswer.NotMade(KeyProblem.UNSUPPORTED)
        val pair = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()
        signers[request.alias.toList()] = Signature.getInstance("SHA256withECDSA").apply { initSign(pair.private) }
        newest = pair.public
        return KeyAnswer.Made(pair.public.encoded, request.alias)
    }

    override suspend fun sign(request: SignatureRequest): SignatureAnswer {
        val signer = signers[request.keyHandle.toList()] ?: return SignatureAnswer.NotSigned(KeyProblem.MISSING)
        signer.update(request.authenticatorData)
        signer.update(request.clientDataHash)
        return SignatureAnswer.Signed(signer.sign())
    }

    override suspend fun destroy(keyHandle: ByteArray) {
        signers.remove(keyHandle.toList())
    }

    // The alias is the handle here.
    override suspend fun destroyAlias(alias: ByteArray) = destroy(alias)

    override suspend fun destroyAliasesEndingWith(suffix: ByteArray) {
        signers.keys.removeIf { it.takeLast(suffix.size) == suffix.toList() }
    }
}

/** A backend that makes keys, or not, and never uses them. */
class UnwillingKeys(private val problem: KeyProblem, private val makes: JavaKeys?) : HostKeys {
    override suspend fun make(request: KeyRequest) = makes?.make(request) ?: KeyAnswer.NotMade(problem)

    override suspend fun sign(request: SignatureRequest) = SignatureAnswer.NotSigned(problem)

    override suspend fun destroy(keyHandle: ByteArray) {
        makes?.destroy(keyHandle)
    }

    override suspend fun destroyAlias(alias: ByteArray) {
        makes?.destroyAlias(alias)
    }

    override suspend fun destroyAliasesEndingWith(suffix: ByteArray) {
        makes?.destroyAliasesEndingWith(suffix)
    }
}
