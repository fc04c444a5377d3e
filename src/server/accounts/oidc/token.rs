//! A token: by what somebody at a provider is known here, if it is signed by that provider, for us, for this sign-in.

use openidconnect::{
    AccessTokenHash, ClaimsVerificationError, Client, ClientId, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IdToken, IdTokenFields, IssuerUrl, Nonce,
    OAuth2TokenResponse, StandardErrorResponse, StandardTokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};

use super::claims::{Claims, More};

/// What tokens may be signed with: what a secret that we have too could sign is not enough.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Fields = IdTokenFields<
    More,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// What is signed.
type Token =
    IdToken<More, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// What comes for a code.
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;

/// openidconnect's client, with claims of any name.
pub type OurClient = Client<
    More,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What `token` says, which came with `tokens`, if it is signed by the provider of `client`, for us, who are `ours` there, for the
/// sign-in with this nonce, and not over.
///
/// # Errors
/// With what is wrong.
pub fn verified(
    client: &OurClient,
    tokens: &Tokens,
    token: &Token,
    nonce: &Nonce,
    ours: &ClientId,
) -> Result<Claims, ClaimsVerificationError> {
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        // One for several says below for whom of them it was made.
        .set_other_audience_verifier_fn(|_| true);
    let claims = token.claims(&verifier, nonce)?;
    let party = claims.authorized_party();
    let is_ours = party.map_or(claims.audiences().len() == 1, |party| party == ours);
    if !is_ours {
        let why = "it was made for somebody else (`azp`)";
        return Err(ClaimsVerificationError::InvalidAudience(why.to_owned()));
    }
    if let Some(expected) = claims.access_token_hash() {
        let fault = ClaimsVerificationError::SignatureVerification;
        let algorithm = token.signing_alg().map_err(fault)?;
        let key = token.signing_key(&verifier).map_err(fault)?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
            .map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
        if actual != *expected {
            let why = "the access token is another one (`at_hash`)";
            return Err(ClaimsVerificationError::Other(why.to_owned()));
        }
    }
    Ok(Claims::of(claims))
}

/// Who a provider means by this, in all the world: what an account is found by.
pub fn subject(issuer: &IssuerUrl, sub: &str) -> String {
    format!("{}|{sub}", issuer.as_str())
}
