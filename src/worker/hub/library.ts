/** What is used of the library that speaks the hub's language; imported when it is first needed, and without the rest. */
export { downloadFile, listFiles, modelInfo } from "@huggingface/hub";
