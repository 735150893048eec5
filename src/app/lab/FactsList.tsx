/** Names and what they stand for, in the order given. */
export type Facts = readonly (readonly [name: string, value: string])[];

export function FactsList({ facts }: { readonly facts: Facts }) {
  return (
    <dl className="facts-list">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
