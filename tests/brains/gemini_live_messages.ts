/**
 * What a client may send to the Gemini Live API, as strictly as the API reads it.
 *
 * @module
 */
import { z } from "zod";

const text = z.strictObject({
  role: z.string().optional(),
  parts: z.array(z.strictObject({ text: z.string() })),
});
const functionDeclaration = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  parameters: z.looseObject({}).optional(),
  parametersJsonSchema: z.looseObject({}).optional(),
  behavior: z.enum(["BLOCKING", "NON_BLOCKING"]).optional(),
});
const transcription = z.strictObject({ languageCodes: z.array(z.string()).optional() });

/** The first message. */
const setup = z.strictObject({
  model: z.string(),
  generationConfig: z.strictObject({
    responseModalities: z.array(z.enum(["AUDIO", "TEXT"])).length(1),
    temperature: z.number().optional(),
    speechConfig: z.strictObject({
      languageCode: z.string().optional(),
      voiceConfig: z.strictObject({
        prebuiltVoiceConfig: z.strictObject({ voiceName: z.string() }),
      }).optional(),
    }).optional(),
  }).optional(),
  systemInstruction: text.optional(),
  tools: z.array(z.strictObject({ functionDeclarations: z.array(functionDeclaration) })).optional(),
  realtimeInputConfig: z.strictObject({
    automaticActivityDetection: z.strictObject({
      disabled: z.literal(false).optional(),
      startOfSpeechSensitivity: z.string().optional(),
      endOfSpeechSensitivity: z.string().optional(),
      prefixPaddingMs: z.int().optional(),
      silenceDurationMs: z.int().optional(),
    }).optional(),
    activityHandling: z.literal("START_OF_ACTIVITY_INTERRUPTS").optional(),
  }).optional(),
  inputAudioTranscription: transcription.optional(),
  outputAudioTranscription: transcription.optional(),
  sessionResumption: z.looseObject({}).optional(),
  contextWindowCompression: z.looseObject({}).optional(),
});

/** The configuration of a session, as it was understood. */
export type Setup = z.infer<typeof setup>;

/** All messages of a client: each has one field. */
export const clientMessage = z.union([
  z.strictObject({ setup }),
  z.strictObject({
    realtimeInput: z.strictObject({
      audio: z.strictObject({
        data: z.base64(),
        mimeType: z.string().regex(/^audio\/pcm;rate=\d{4,5}$/),
      }).optional(),
      text: z.string().optional(),
      audioStreamEnd: z.boolean().optional(),
    }),
  }),
  z.strictObject({
    toolResponse: z.strictObject({
      functionResponses: z.array(z.strictObject({
        id: z.string(),
        name: z.string(),
        response: z.looseObject({}),
      })),
    }),
  }),
]);

/** A message of a client. */
export type ClientMessage = z.infer<typeof clientMessage>;
